import {
  type BigIntStats,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
} from "node:fs";
import { isGone } from "./proc/identity.ts";
import { encoded } from "./text.ts";

/** A file as it was found. */
export type InTree =
  | { readonly kind: "file"; readonly bytes: Buffer; readonly stats: BigIntStats }
  | { readonly kind: "none" }
  /** Something other than a plain file is there, or on the way there. */
  | { readonly kind: "odd"; readonly part: string; readonly what: string };

export type Odd = Extract<InTree, { kind: "odd" }>;

export const nothing: InTree = { kind: "none" };

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
/** The flags with which a path is neither followed nor waited for, whatever stands there by now. */
export const wary = O_NOFOLLOW | O_NONBLOCK;

/** The words for a part that may not be looked into. */
export const outOfReach = "out of reach";

/** A folder that is held open, so that later changes of its path do not matter. */
export interface Folder {
  readonly path: Buffer;
  readonly at: (name: Buffer) => Buffer;
  readonly descriptor: number;
}

/**
 * The folder through which an open descriptor of a folder can be entered (Linux); elsewhere the
 * path has to do.
 */
const held = "/proc/self/fd";
const canHold = existsSync(held);

function openFolder(path: Buffer): Folder {
  const descriptor = openSync(path, O_RDONLY | O_DIRECTORY | wary);
  const own = canHold ? Buffer.from(`${held}/${descriptor}`) : path;
  const at = (name: Buffer): Buffer => Buffer.concat([own, Buffer.from("/"), name]);
  return { path: own, at, descriptor };
}

/** Goes to the folder of a path, part by part, and acts in it. */
export function within(
  top: string,
  path: string,
  act: (folder: Folder, name: Buffer) => InTree,
  make?: number,
): InTree {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const name = path.endsWith("/.") ? "." : parts.pop();
  if (name === undefined || parts.includes("..") || name === "..") {
    throw new Error(`${JSON.stringify(path)} is no path below a folder`);
  }
  let part = "";
  let folder: Folder | undefined;
  try {
    const root = encoded(top);
    if (!isFolder(lstatSync(root, quietly))) return missing(lstatSync(root, quietly), "");
    folder = openFolder(root);
    for (const each of parts) {
      part = part === "" ? each : `${part}/${each}`;
      const below = folder.at(encoded(each));
      if (make !== undefined) makeFolder(below, make);
      const stats = lstatSync(below, quietly);
      if (!isFolder(stats)) return missing(stats, part);
      const next = openFolder(below);
      closeSync(folder.descriptor);
      folder = next;
    }
    part = path;
    return act(folder, encoded(name));
  } catch (error) {
    return explained(error, part);
  } finally {
    if (folder !== undefined) closeSync(folder.descriptor);
  }
}

export const quietly = { bigint: true, throwIfNoEntry: false } as const;
const isFolder = (stats: BigIntStats | undefined): boolean => stats?.isDirectory() === true;

export function missing(stats: BigIntStats | undefined, part: string): InTree {
  return stats === undefined ? nothing : { kind: "odd", part, what: kindOf(stats) };
}

/** Turns an error into what was found; any other error (a full disk) is thrown. */
function explained(error: unknown, part: string): InTree {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (isGone(error)) return nothing;
  if (code === "ELOOP") return { kind: "odd", part, what: "a symbolic link" };
  if (code === "ENXIO") return { kind: "odd", part, what: "a named pipe" };
  if (code === "EACCES" || code === "EPERM") return { kind: "odd", part, what: outOfReach };
  throw error;
}

function makeFolder(path: Buffer, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

export function kindOf(stats: BigIntStats): string {
  if (stats.isSymbolicLink()) return "a symbolic link";
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a named pipe";
  if (stats.isSocket()) return "a socket";
  return stats.isFile() ? "a file" : "a device";
}
