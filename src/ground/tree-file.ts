import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { ExitCode, PleachError } from "./errors.ts";
import { isGone } from "./proc/identity.ts";
import { decoded, plainLine } from "./text.ts";
import {
  type Folder,
  type InTree,
  kindOf,
  missing,
  nothing,
  type Odd,
  outOfReach,
  quietly,
  wary,
  within,
} from "./tree-folder.ts";

/*
 * The only door to files in a folder that others write in as well: a worktree, a checkout, a
 * landing's assembled tree. A name there may be a link, a pipe or a folder, also halfway down, and
 * may become such at any time. So no part of a path is followed, only plain files are opened,
 * nothing is waited for, and a file is written beside its place and moved there.
 */

const largest = 16 * 1024 * 1024;
const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_EXCL } = constants;

/** Reads a file below a folder; nothing of a file that is longer than `maxBytes`. */
export function readInTree(top: string, path: string, maxBytes = largest): InTree {
  return within(top, path, (folder, name) => {
    const odd = oddAt(folder, name, path);
    if (odd !== undefined) return odd;
    const descriptor = openSync(folder.at(name), O_RDONLY | wary);
    try {
      const stats = fstatSync(descriptor, { bigint: true });
      const bytes = stats.isFile() ? readAll(descriptor, maxBytes) : undefined;
      if (bytes !== undefined) return { kind: "file", bytes, stats };
      const what = stats.isFile() ? `larger than ${maxBytes} bytes` : kindOf(stats);
      return { kind: "odd", part: path, what };
    } finally {
      closeSync(descriptor);
    }
  });
}

/**
 * Reads the text of a file, undefined when there is none.
 * @throws PleachError `worktree/odd-file`, also where the file has a second name: it may be another
 * owner's
 */
export function readTextInTree(top: string, path: string): string | undefined {
  const found = readInTree(top, path);
  if (found.kind === "odd") throw oddFile(top, found);
  if (found.kind === "none") return undefined;
  if (found.stats.nlink > 1n) throw oddFile(top, { part: path, what: "a hard link" });
  return found.bytes.toString();
}

/**
 * Finds the stats of a path; undefined when nothing is there, or a part of the way is no folder.
 */
export function statInTree(top: string, path: string): BigIntStats | undefined {
  let stats: BigIntStats | undefined;
  const found = within(top, path, (folder, name) => {
    stats = statsAt(folder, name);
    return nothing;
  });
  // A path that cannot be looked at is not known to be absent.
  if (found.kind === "odd" && found.what === outOfReach) throw oddFile(top, found);
  return stats;
}

/** Lists the paths of all that is in a folder; none when it is no folder. */
export function listInTree(top: string, path: string): readonly string[] {
  const inside: string[] = [];
  const found = within(top, `${path}/.`, (folder) => {
    const names = readdirSync(folder.path, { encoding: "buffer" });
    inside.push(...names.map((name) => `${path}/${decoded(name)}`));
    return nothing;
  });
  if (found.kind === "odd" && found.what === outOfReach) throw oddFile(top, found);
  return inside;
}

/** Reads where a link leads, byte for byte; undefined when there is none. */
export function readLinkInTree(top: string, path: string): Buffer | undefined {
  let link: Buffer | undefined;
  within(top, path, (folder, name) => {
    if (statsAt(folder, name)?.isSymbolicLink() !== true) return nothing;
    link = readlinkSync(folder.at(name), { encoding: "buffer" });
    return nothing;
  });
  return link;
}

export interface WriteOptions {
  /** The mode of the file; by default the mode of the file in its place, else 0600. */
  readonly mode?: number;
  /** The mode of the folder around the file, which is made. */
  readonly folderMode?: number;
}

/**
 * Writes a file below a folder so that a reader sees the former file or this file, never a part.
 * @throws PleachError `worktree/odd-file` when anything but a file is in its place
 */
export function writeInTree(
  top: string,
  path: string,
  content: string | Uint8Array,
  { mode, folderMode }: WriteOptions = {},
): void {
  insist(top, path, folderMode, (folder, name) => {
    const odd = oddAt(folder, name, path);
    if (odd?.kind === "odd") return odd;
    const former = odd === undefined ? Number(statsAt(folder, name)?.mode ?? 0o600) : 0o600;
    const fresh = Buffer.concat([Buffer.from("."), name, Buffer.from(`.${process.pid}.new`)]);
    try {
      writeFresh(folder.at(fresh), content, (mode ?? former) & 0o7777);
      renameSync(folder.at(fresh), folder.at(name));
    } catch (error) {
      removeFile(folder.at(fresh));
      throw error;
    }
    return nothing;
  });
}

/**
 * Appends to a file below a folder, made private where there is none.
 * @throws PleachError `worktree/odd-file` when it is no file, or has a second name elsewhere
 */
export function appendInTree(
  top: string,
  path: string,
  text: string,
  { folderMode }: Pick<WriteOptions, "folderMode"> = {},
): void {
  insist(top, path, folderMode, (folder, name) => {
    const odd = oddAt(folder, name, path);
    if (odd?.kind === "odd") return odd;
    const descriptor = openSync(folder.at(name), O_WRONLY | O_APPEND | O_CREAT | wary, 0o600);
    try {
      const stats = fstatSync(descriptor, { bigint: true });
      const what = stats.isFile() ? "a hard link" : kindOf(stats);
      if (!stats.isFile() || stats.nlink > 1n) return { kind: "odd", part: path, what };
      writeAll(descriptor, Buffer.from(text));
      return nothing;
    } finally {
      closeSync(descriptor);
    }
  });
}

/** Makes a folder, and the folders on the way to it. @throws PleachError `worktree/odd-file` */
export function makeFolderInTree(top: string, path: string): void {
  insist(top, `${path}/.`, undefined, () => nothing);
}

/** Removes a file or a link below a folder, if there is one. */
export function removeInTree(top: string, path: string): void {
  within(top, path, (folder, name) => {
    if (statsAt(folder, name)?.isDirectory() === false) removeFile(folder.at(name));
    return nothing;
  });
}

/** Removes an empty folder below a folder. @returns whether it is gone */
export function removeFolderInTree(top: string, path: string): boolean {
  let isRemoved = false;
  within(top, path, (folder, name) => {
    try {
      rmdirSync(folder.at(name));
      isRemoved = true;
    } catch (error) {
      if (!isNotEmpty(error)) throw error;
    }
    return nothing;
  });
  return isRemoved;
}

function isNotEmpty(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOTEMPTY" || code === "EEXIST";
}

/** Makes the error that says what is in the place of a file. */
export function oddFile(top: string, { part, what }: Pick<Odd, "part" | "what">): PleachError {
  const at = plainLine(part === "" ? top : `${top}/${part}`);
  return new PleachError({
    code: "worktree/odd-file",
    message: `${at} is ${what}: only plain files are opened there`,
    hint: `look at it (ls -ld '${at}'), move it away, and do the same again`,
    exitCode: ExitCode.needsHuman,
  });
}

/** Acts in a folder as `within` does, for writers: a folder that is not there is an error. */
function insist(
  top: string,
  path: string,
  folderMode: number | undefined,
  act: (folder: Folder, name: Buffer) => InTree,
): void {
  let done = false;
  const found = within(
    top,
    path,
    (folder, name) => {
      if (folderMode !== undefined) fchmodSync(folder.descriptor, folderMode);
      const result = act(folder, name);
      done = result.kind !== "odd";
      return result;
    },
    folderMode ?? 0o777,
  );
  if (found.kind === "odd") throw oddFile(top, found);
  if (!done) throw oddFile(top, { part: path, what: "in a folder that is not there" });
}

function statsAt(folder: Folder, name: Buffer): BigIntStats | undefined {
  return lstatSync(folder.at(name), quietly);
}

/** Examines the entry at a name; undefined for a plain file. */
function oddAt(folder: Folder, name: Buffer, part: string): InTree | undefined {
  const stats = statsAt(folder, name);
  return stats?.isFile() === true ? undefined : missing(stats, part);
}

/** Reads all of a file, unless it is too long; it may grow while it is read. */
function readAll(descriptor: number, maxBytes: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let size = 0; size <= maxBytes; ) {
    const chunk = Buffer.alloc(64 * 1024);
    const read = readSync(descriptor, chunk);
    if (read === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, read));
    size += read;
  }
  return undefined;
}

function writeFresh(path: Buffer, content: string | Uint8Array, mode: number): void {
  removeFile(path);
  const descriptor = openSync(path, O_WRONLY | O_CREAT | O_EXCL | wary, 0o600);
  try {
    writeAll(descriptor, Buffer.from(content));
  } finally {
    closeSync(descriptor);
  }
  chmodSync(path, mode);
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}

function removeFile(path: Buffer): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
