import { lstat, readdir } from "node:fs/promises";
import { isGone } from "../../ground/proc/identity.ts";

/** Adds up the bytes of all files at and below a path. Symlinks count as themselves. */
export async function folderSize(path: string | Buffer): Promise<number> {
  try {
    const stats = await lstat(path);
    if (!stats.isDirectory()) return stats.size;
    let bytes = 0;
    for (const name of await readdir(path, { encoding: "buffer" })) {
      bytes += await folderSize(Buffer.concat([Buffer.from(path), Buffer.from("/"), name]));
    }
    return bytes;
  } catch (error) {
    // The file was deleted meanwhile.
    if (isGone(error)) return 0;
    throw error;
  }
}
