import { existsSync, watch } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { systemClock } from "../../ground/clock.ts";

const chunkBytes = 64 * 1024;
/** A watch can miss; then the file is looked at anyway. */
const lookAgainMs = 1_000;

/**
 * Prints a file line by line; with a signal, goes on with what is added until it aborts, and from
 * its beginning when it was begun anew.
 * @param from where in the file to begin, in bytes
 * @returns whether there was such a file
 */
export async function followFile(
  file: string,
  print: (line: string) => void,
  signal?: AbortSignal,
  from = 0,
): Promise<boolean> {
  let at = from;
  let rest = "";
  let found = false;
  const decoder = new TextDecoder();
  for (;;) {
    if (existsSync(file)) {
      found = true;
      const handle = await open(file, "r");
      try {
        if ((await handle.stat()).size < at) at = 0;
        for await (const bytes of chunks(handle, at)) {
          at += bytes.length;
          const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) print(line);
        }
      } finally {
        await handle.close();
      }
    }
    if (signal === undefined || signal.aborted) break;
    await changed(file, signal);
  }
  if (rest !== "") print(rest);
  return found;
}

/** Where the last lines of a file begin, in bytes; a line that is being written is one of them. */
export async function findTail(file: string, lines: number): Promise<number> {
  if (!existsSync(file)) return 0;
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    let wanted = lines;
    for (let end = size; end > 0; ) {
      const start = Math.max(0, end - chunkBytes);
      const bytes = Buffer.alloc(end - start);
      await handle.read(bytes, 0, bytes.length, start);
      for (let at = bytes.length - 1; at >= 0; at -= 1) {
        // The one that ends the last line begins none.
        if (bytes[at] !== newline || start + at === size - 1) continue;
        if (wanted <= 1) return wanted === 0 ? size : start + at + 1;
        wanted -= 1;
      }
      end = start;
    }
    return lines === 0 ? size : 0;
  } finally {
    await handle.close();
  }
}

const newline = 0x0a;

async function* chunks(handle: FileHandle, from: number): AsyncGenerator<Uint8Array> {
  for (let at = from; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(chunkBytes), 0, chunkBytes, at);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

async function changed(file: string, signal: AbortSignal): Promise<void> {
  const woken = new AbortController();
  const folder = dirname(file);
  const watcher = existsSync(folder)
    ? watch(folder, (_, name) => {
        if (name === basename(file)) woken.abort();
      })
    : undefined;
  await systemClock.sleep(lookAgainMs, AbortSignal.any([signal, woken.signal]));
  watcher?.close();
}
