import { renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Writes a private file so that a reader sees the former one or this one, never a part; any number
 * of processes may write the same file at once, and the last rename counts.
 */
export function writeWhole(file: string, content: string | Uint8Array): void {
  // A name of its own for each process: a shared one would be renamed from under another.
  const fresh = `${file}.${process.pid}.new`;
  try {
    // Whatever is there is not ours to write through: a link, or the rest of a killed process.
    rmSync(fresh, { force: true });
    writeFileSync(fresh, content, { mode: 0o600, flag: "wx" });
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
