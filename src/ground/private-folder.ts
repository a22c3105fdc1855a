import { chmodSync, lstatSync, mkdirSync } from "node:fs";

/**
 * Makes a folder that others must neither own nor look into, beside what others may write.
 * @throws Error when the folder cannot be made, is no folder, or belongs to another user
 */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const isOurs = found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid);
  if (!isOurs) throw new Error(`${folder} belongs to another user`);
  if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

/** Returns the folder that a user has for Pleach among temporary files. */
export const temporaryFolder = (root: string): string =>
  `${root.replace(/\/+$/, "")}/pleach-${process.getuid?.() ?? 0}`;
