import { readBlobs } from "../../ground/git/blobs.ts";
import type { Change } from "../../ground/git/changes.ts";
import type { Sha } from "../../ground/ids.ts";
import type { Site } from "../landing/site.ts";
import { entriesFor, type GuardEntry, parseGuardEntry } from "./entry.ts";
import { expandedFiles, gateReads } from "./gate-reads.ts";
import { isPartChanged } from "./part.ts";

/** A change that affects the gate, as people are told: the path, and which part of the file. */
export interface GuardedChange {
  readonly path: string;
  /** The changed part; undefined when the whole file is guarded. */
  readonly part: string | undefined;
}

/** The changes of a landing to files that decide whether it may land. */
export interface Guarded {
  /** Changes that only a person may let in. */
  readonly waits: readonly GuardedChange[];
  /**
   * Changes of files that the gate reads and the configuration does not guard: told, and let in.
   */
  readonly said: readonly GuardedChange[];
}

/**
 * Finds the changes a landing makes to the paths in `land.guard`, and to files that the gate's own
 * lines read. Unguarded files that the gate reads are let in, and told.
 */
export async function findGuarded(
  site: Site,
  onto: Sha,
  changes: readonly Change[],
): Promise<Guarded> {
  const { guard } = site.config.land;
  const own = guard.map(parseGuardEntry);
  const read = (await readByGate(site, onto)).map(parseGuardEntry);
  const waits = await changed(site, changes, own);
  const known = new Set(waits.map(({ path }) => path));
  const said = await changed(site, changes, read);
  return { waits, said: said.filter(({ path }) => !known.has(path)) };
}

async function readByGate(site: Site, onto: Sha): Promise<readonly string[]> {
  const { land, worktrees } = site.config;
  const lines = [...land.gate.map(({ command }) => command), ...worktrees.setup];
  if (lines.length === 0) return [];
  const names = expandedFiles.map((file) => `${onto}:${file}`);
  const found = await readTexts(site, names);
  return gateReads(lines, (file) => found[expandedFiles.indexOf(file)]);
}

async function changed(
  site: Site,
  changes: readonly Change[],
  entries: readonly GuardEntry[],
): Promise<readonly GuardedChange[]> {
  const found: GuardedChange[] = [];
  for (const change of changes) {
    const { path } = change;
    const about = entriesFor(entries, path);
    if (about.some(({ part }) => part === undefined)) found.push({ path, part: undefined });
    else if (about.length > 0) found.push(...(await changedParts(site, change, about)));
  }
  return found;
}

async function changedParts(
  site: Site,
  { path, before, after }: Change,
  entries: readonly GuardEntry[],
): Promise<readonly GuardedChange[]> {
  // When a file became a link, or the reverse, comparing parts says nothing about what will be
  // read.
  const modes = [before, after].flatMap((side) => side?.mode ?? []);
  if (modes.some((mode) => !mode.startsWith("100"))) return [{ path, part: undefined }];
  const [old, now] = await readTexts(site, [before?.sha ?? noObject, after?.sha ?? noObject]);
  const parts = new Set(entries.flatMap(({ part }) => part ?? []));
  return [...parts]
    .filter((part) => isPartChanged(path, part, old, now))
    .map((part) => ({ path, part }));
}

/** A name that no object has. */
const noObject = "none";

async function readTexts(
  { git }: Site,
  names: readonly string[],
): Promise<readonly (string | undefined)[]> {
  const found = await readBlobs(git, names);
  return found.map((content) => (typeof content === "string" ? undefined : content.toString()));
}

/** Words changes for people: `package.json (scripts), .npmrc`. */
export function describeGuarded(changes: readonly GuardedChange[]): string {
  const shown = changes
    .slice(0, 4)
    .map(({ path, part }) => (part === undefined ? path : `${path} (${part})`));
  const more = changes.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
