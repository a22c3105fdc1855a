import { renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Writes a private file so that a reader sees the former one or this one, never a part; any number
 * of processes may write the same file at once, and the last rename counts.
 */
export function writeWhole(file: string, content: string | Uint8Array): void {
  // A name of its own for each process: a shared one would be renamed from under another.
  const fresh = `${file}.${process.pid}.new`;
  try {
    writeFileSync(fresh, content, { mode: 0o600 });
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
