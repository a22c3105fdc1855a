import { isTrackName, slug, type TrackName } from "../ground/ids.ts";
import { plainLine } from "../ground/text.ts";
import type { PlanTask } from "./task.ts";

/** Directories that say where code is, not what it is about. */
const generic =
  /^(?:src|source|lib|libs|app|apps|packages|pkg|internal|cmd|crates|modules|test|tests|spec|__tests__|main|java|index|mod|\*+)$/i;
const stopWords =
  /^(?:a|an|and|the|to|of|in|on|for|with|from|by|is|are|be|so|that|this|it|its|all|when|as|at|into|or|not|no|add|make|do|use|fix|implement|write|update|create|support)$/;
const longest = 32;

export interface Unnamed {
  /** The tasks in the order they are worked on. */
  readonly tasks: readonly Pick<PlanTask, "id" | "text" | "headings">[];
  /** The globs of what they touch. */
  readonly paths: readonly string[];
}

/**
 * Names each track by its concern: the directory or file its work is in, else the heading its tasks
 * stand under, else the words of its first task. Lower case, so different on every file system.
 * @param taken names that exist already, whatever their letter case
 */
export function nameTracks(
  tracks: readonly Unnamed[],
  taken: Iterable<string>,
): readonly TrackName[] {
  const used = new Set([...taken].map((name) => name.toLowerCase()));
  const numbered = createNumbering(used);
  return tracks.map((track) => {
    const candidates = candidatesOf(track).filter((name) => isTrackName(name));
    const free = candidates.find((name) => !used.has(name)) ?? numbered(candidates.at(-1));
    used.add(free);
    return free;
  });
}

function candidatesOf({ tasks, paths }: Unnamed): readonly TrackName[] {
  const [first] = tasks;
  const [concern, ...around] = concernsOf(paths);
  const topic = topicOf(first?.text ?? "");
  const heading = commonHeading(tasks);
  const names: string[] = [];
  if (concern !== undefined) names.push(concern);
  if (heading !== undefined && concern === undefined && tasks.length > 1) names.push(heading);
  if (concern !== undefined && around[0] !== undefined) names.push(`${around[0]} ${concern}`);
  if (topic !== "" && concern !== undefined) names.push(`${concern} ${topic}`);
  if (topic !== "") names.push(topic);
  names.push(`${first?.id ?? "track"} ${topic}`);
  return names.map((name) => slug(name, longest));
}

/**
 * Finds the telling names that all paths are under, innermost first; else the name that all files
 * bear.
 */
function concernsOf(paths: readonly string[]): readonly string[] {
  const segments = paths.map(literalSegments);
  const under = commonFolders(segments);
  if (under.length > 0) return under;
  const stems = new Set(segments.map((parts) => stem(parts.at(-1) ?? "")));
  const [shared = ""] = stems;
  return stems.size === 1 && shared !== "" && !generic.test(shared) ? [shared] : [];
}

function commonFolders(paths: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...rest] = paths;
  const end = first.findIndex((part, at) => rest.some((other) => other[at] !== part));
  const common = end < 0 ? first : first.slice(0, end);
  return common
    .map(stem)
    .filter((part) => !generic.test(part))
    .toReversed();
}

function literalSegments(glob: string): readonly string[] {
  const parts = glob.split("/");
  const wild = parts.findIndex((part) => /(?<!\\)[*?[{]/.test(part));
  return (wild < 0 ? parts : parts.slice(0, wild)).map((part) => part.replace(/\\/g, ""));
}

/** Returns a name without its extensions: `login.test.ts` → `login`; `.github` stays. */
const stem = (name: string): string => name.replace(/(?<=.)\..*$/, "");

function commonHeading(tasks: Unnamed["tasks"]): string | undefined {
  const heading = tasks[0]?.headings.at(-1);
  return tasks.every((task) => task.headings.at(-1) === heading) ? heading : undefined;
}

/** Returns the first telling words, paths left out. */
function topicOf(text: string): string {
  const words = plainLine(text)
    .replace(/\S*\/\S*|[`"']/g, " ")
    .split(/\s+/)
    .map((word) => word.toLowerCase().replace(/[^\p{L}\p{N}-]/gu, ""))
    .filter((word) => word !== "" && !stopWords.test(word));
  return words.slice(0, 3).join(" ");
}

/** Makes names with a number behind, each number of a base tried once. */
function createNumbering(used: ReadonlySet<string>) {
  const counts = new Map<string, number>();
  return (base: TrackName | undefined): TrackName => {
    const stemmed = slug(base ?? "track", longest - 6);
    for (let count = counts.get(stemmed) ?? 2; ; count++) {
      const name = slug(`${stemmed} ${count}`, longest);
      counts.set(stemmed, count + 1);
      if (!used.has(name)) return name;
    }
  };
}
