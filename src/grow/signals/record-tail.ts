import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";

const chunkBytes = 256 * 1024;
/**
 * Longest line kept, 16 MiB: a whole line may carry a file; the rest of a longer one is left out.
 */
const maxLineBytes = 16 * 1024 * 1024;

/** A reader of a file that another program appends to: each line once, and only the added lines. */
export class RecordTail {
  readonly file: string;
  /** The file's identity: another file under the same name is read from its start. */
  #inode = 0;
  #at = 0;
  #partial: Buffer[] = [];
  #partialBytes = 0;

  constructor(file: string) {
    this.file = file;
  }

  /**
   * Takes the new lines. A look at a file that has not grown is one `stat`.
   * @param anew called before the first line when the file was replaced or cut: it is read again
   */
  async read(take: (line: string) => void, anew: () => void): Promise<void> {
    const now = await stat(this.file).catch(() => undefined);
    if (now?.isFile() !== true) return;
    if (this.#at > 0 && (now.ino !== this.#inode || now.size < this.#at)) {
      [this.#at, this.#partial, this.#partialBytes] = [0, [], 0];
      anew();
    }
    this.#inode = now.ino;
    if (now.size === this.#at) return;
    // An agent names the file: if it has become a pipe by now, the read must not wait there.
    const handle = await open(this.file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const chunk = Buffer.alloc(Math.min(chunkBytes, now.size - this.#at));
      for (;;) {
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, this.#at);
        if (bytesRead === 0) return;
        this.#at += bytesRead;
        this.#cut(chunk.subarray(0, bytesRead), take);
      }
    } finally {
      await handle.close();
    }
  }

  #cut(bytes: Buffer, take: (line: string) => void): void {
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      this.#keep(bytes.subarray(from, end));
      const line = Buffer.concat(this.#partial).toString();
      [this.#partial, this.#partialBytes] = [[], 0];
      from = end + 1;
      if (line.trim() !== "") take(line);
    }
    this.#keep(bytes.subarray(from));
  }

  #keep(bytes: Buffer): void {
    const room = Math.max(0, maxLineBytes - this.#partialBytes);
    if (room === 0 || bytes.length === 0) return;
    // A copy: the chunk's memory is used again for the next read.
    this.#partial.push(Buffer.from(bytes.subarray(0, room)));
    this.#partialBytes += Math.min(room, bytes.length);
  }
}
