import { renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Writes a private file so that a reader sees the former file or this file, never a part; any
 * number of processes may write the same file at once, and the last rename counts.
 */
export function writeWhole(file: string, content: string | Uint8Array): void {
  // A name of its own for each process: a shared name would be renamed from under another process.
  const fresh = `${file}.${process.pid}.new`;
  try {
    // An existing file is not ours to write through: a link, or a killed process's leftover.
    rmSync(fresh, { force: true });
    writeFileSync(fresh, content, { mode: 0o600, flag: "wx" });
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
