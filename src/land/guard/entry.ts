import picomatch from "picomatch";
import { hasParts } from "./part.ts";

/**
 * An entry of `land.guard`: the paths a glob matches, or one part of these files
 * (`package.json#scripts`).
 */
export interface GuardEntry {
  readonly pattern: string;
  readonly part: string | undefined;
}

/** Reads an entry of `land.guard`. `#` divides only where the file can be taken apart. */
export function parseGuardEntry(text: string): GuardEntry {
  const [, pattern = "", part = ""] = /^(.+)#([^#/]+)$/.exec(text) ?? [];
  return pattern !== "" && hasParts(pattern)
    ? { pattern, part }
    : { pattern: text, part: undefined };
}

/** Finds the entries that match a path. Case is ignored, as some file systems ignore it. */
export function entriesFor(entries: readonly GuardEntry[], path: string): readonly GuardEntry[] {
  return entries.filter(({ pattern }) => picomatch(pattern, { dot: true, nocase: true })(path));
}
