import picomatch from "picomatch";
import { hasParts } from "./part.ts";

/** What a person guards: the paths a glob matches, or one part of these files (`package.json#scripts`). */
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

/** The entries that speak of a path. Case does not count: it does not everywhere in file systems. */
export function entriesFor(entries: readonly GuardEntry[], path: string): readonly GuardEntry[] {
  return entries.filter(({ pattern }) => picomatch(pattern, { dot: true, nocase: true })(path));
}
