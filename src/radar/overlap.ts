import type { RepoPath, TrackName } from "../ground/ids.ts";
import { plain, plainLine } from "../ground/text.ts";
import type { Track } from "../track/track.ts";
import type { Hunk, Meeting, Scan } from "./scan.ts";
import type { Break } from "./symbols/may-break.ts";

/** Two tracks and the hard paths at which they conflict. */
export interface TrackOverlap {
  readonly tracks: readonly [string, string];
  readonly paths: readonly RepoPath[];
}

/**
 * Lists the hard conflicts of a scan; a soft conflict is settled by the landing, and not reported.
 */
export function overlapsOf({ meetings }: Pick<Scan, "meetings">): readonly TrackOverlap[] {
  return meetings.flatMap(({ names, paths }) => {
    const hard = paths.filter(({ soft }) => !soft).map(({ path }) => path);
    return hard.length === 0 ? [] : [{ tracks: names, paths: [...new Set(hard)] }];
  });
}

/** Lists the tracks a track conflicts with, and the paths. */
export function conflictsOf(
  overlaps: readonly TrackOverlap[],
  name: string,
): readonly { readonly track: string; readonly paths: readonly RepoPath[] }[] {
  return overlaps.flatMap(({ tracks, paths }) => {
    if (!tracks.includes(name)) return [];
    return [{ track: tracks[0] === name ? tracks[1] : tracks[0], paths }];
  });
}

/**
 * Lists the changes of all but the named lines of work, committed or not, as lines `PATH TAB
 * TRACK,TRACK` in the order of the paths; a path with control characters stands as a JSON string.
 */
export function formatForeignPaths({ seen }: Pick<Scan, "seen">, own: readonly string[]): string {
  const owners = new Map<string, string[]>();
  for (const one of seen) {
    if (one.state === "unknown" || own.includes(one.subject.name)) continue;
    for (const path of one.changed) {
      owners.set(path, [...(owners.get(path) ?? []), one.subject.name]);
    }
  }
  return [...owners]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, names]) => `${shown(path)}\t${names.toSorted().join(",")}\n`)
    .join("");
}

const shown = (path: string): string =>
  /[\x00-\x1f\x7f]/.test(path) ? JSON.stringify(path) : path;

export interface ConflictNotice {
  readonly meeting: Meeting;
  /** The paths that were not known before. */
  readonly paths: readonly string[];
  readonly reader: TrackName;
  readonly other: Other;
  /**
   * The track of the two that may only land after the other; undefined when neither has to wait.
   */
  readonly held?: TrackName | undefined;
}

/** The other track, and what its work is for. */
type Other = Pick<Track, "name" | "branch" | "tasks" | "prompt">;

const shownPaths = 10;
const shownHunks = 3;

/**
 * Writes a worker's notice of a new overlap: the other track, its purpose, and both versions of the
 * lines.
 */
export function formatNotice({ meeting, paths, reader, other, held }: ConflictNotice): string {
  const isFirst = meeting.names[0] === reader;
  const found = meeting.paths.filter(({ path }) => paths.includes(path));
  const lines = found
    .slice(0, shownPaths)
    .flatMap(({ path, hunks }) => [
      `- ${plainLine(path)}${hunks.length === 0 ? "" : ", here as both have it:"}`,
      ...hunks
        .slice(0, shownHunks)
        .flatMap((hunk) => formatHunk(hunk, { isFirst, other: other.name })),
    ]);
  const more = found.length - shownPaths;
  return [
    `## Conflict ahead: ${other.name}`,
    "",
    `Another worker, on the track ${other.name}, changes the same places as you${intentOf(other)}.`,
    `${orderOf(reader, other.name, held)} Keep your change to these places as small as you can.`,
    "",
    ...lines,
    ...(more > 0 ? [`- and ${more} more`] : []),
    "",
    `Its version as far as it is committed: git show ${plainLine(other.branch)}:PATH`,
    "",
    "",
  ].join("\n");
}

function orderOf(reader: TrackName, other: TrackName, held: TrackName | undefined): string {
  if (held === undefined) return "Whoever lands second has to resolve it.";
  return held === reader
    ? `${other} lands first: your track waits for it, and then has to be rebased on it.`
    : `You land first; ${other} waits for you.`;
}

const shownPrompt = 300;

function intentOf({ tasks, prompt }: Other): string {
  const named = tasks.map(({ text }) => `"${plainLine(text)}"`).join(", ");
  const intent = named === "" ? plainLine(prompt).slice(0, shownPrompt).trim() : named;
  return intent === "" ? "" : `. Its work: ${intent}`;
}

/** Describes a likely break, for a person and for an agent alike. */
export function formatBreak({ what, how, name, to, from, path, line }: Break): string {
  const now = to === undefined ? "" : how === "moved" ? ` to ${to}` : `, now ${to}`;
  const where = what === "file" ? "" : ` (in ${from})`;
  const called = what === "name" ? name : `the ${what} ${name}`;
  return plainLine(`${called}${where} is ${how}${now}; ${path}:${line} uses it`);
}

/** Returns the text by which a break is known once it was told. */
export const hintOf = ({ what, how, name, by, path }: Break): string =>
  [by, what, how, name, path].join(" ");

const shownBreaks = 10;

/** Writes a worker's notice when nothing conflicts but something would probably break. */
export function formatSoftNotice({
  breaks,
  reader,
  other,
}: {
  readonly breaks: readonly Break[];
  readonly reader: TrackName;
  readonly other: Other;
}): string {
  const lines = (mine: boolean): readonly string[] =>
    breaks
      .filter(({ by }) => (by === reader) === mine)
      .slice(0, shownBreaks)
      .map((one) => `- ${formatBreak(one)}`);
  const [mine, its] = [lines(true), lines(false)];
  return [
    `## May break: ${other.name}`,
    "",
    `Nothing conflicts, but another worker's change and yours may not work together${intentOf(other)}.`,
    "This is told from the lines alone; go on as you are if it is no matter.",
    "",
    ...(mine.length === 0 ? [] : [`What you change, and ${other.name} uses:`, ...mine, ""]),
    ...(its.length === 0 ? [] : [`What ${other.name} changes, and you use:`, ...its, ""]),
    "",
  ].join("\n");
}

function formatHunk(
  { line, ours, theirs }: Hunk,
  { isFirst, other }: { readonly isFirst: boolean; readonly other: string },
): readonly string[] {
  const [mine, its] = isFirst ? [ours, theirs] : [theirs, ours];
  const indented = (text: string): string => `      ${plain(text)}`;
  return [
    `    near line ${line}, yours:`,
    ...mine.map(indented),
    `    and ${other}'s:`,
    ...its.map(indented),
  ];
}
