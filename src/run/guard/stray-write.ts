import type { TrackName } from "../../ground/ids.ts";

/** A piece of evidence that a worker has written in the user's checkout. */
export interface WriteClue {
  readonly track: TrackName;
  /** The evidence in words: "its Edit named it", "its process has it open". */
  readonly how: string;
  /**
   * The path below the top of the checkout. A folder, ending in `/`, stands for all that is in it.
   */
  readonly path: string;
}

/** Paths that one worker has written, or for which no worker can be named. */
export interface StrayWrite {
  readonly track: TrackName | undefined;
  /** The evidence that names the worker; undefined where no worker is named. */
  readonly how: string | undefined;
  readonly paths: readonly string[];
}

/**
 * Assigns changes to workers, by evidence alone: a path that two may have written, or none is known
 * to have written, is assigned to none. Ignored files change all the time, by builds and by caches:
 * without evidence an ignored folder is not mentioned.
 * @param changed the changed paths; an ignored folder by its name, ending in `/`
 */
export function strayWritesFrom(
  changed: readonly string[],
  clues: readonly WriteClue[],
): readonly StrayWrite[] {
  const found = new Map<string, { how: string; track: TrackName | undefined; paths: string[] }>();
  const add = (path: string, clue: WriteClue | undefined): void => {
    const key = clue?.track ?? "";
    const known = found.get(key);
    if (known !== undefined) known.paths.push(path);
    else found.set(key, { how: clue?.how ?? "", track: clue?.track, paths: [path] });
  };
  for (const path of changed) {
    const own = clues.filter((clue) => concerns(clue.path, path));
    const [first] = own;
    const isClear = new Set(own.map(({ track }) => track)).size === 1;
    if (first !== undefined && isClear) {
      // Of an ignored folder, the written paths in it are told.
      const inside = path.endsWith("/") ? own.map((clue) => clue.path) : [path];
      for (const one of new Set(inside)) add(one, first);
    } else if (!path.endsWith("/")) add(path, undefined);
  }
  return [...found.values()].map(({ track, how, paths }) => ({
    track,
    how: track === undefined ? undefined : how,
    paths: paths.toSorted(),
  }));
}

/** The path of a worker that works at the top of the checkout. */
export const everything = "/";

function concerns(named: string, changed: string): boolean {
  if (named === changed || named === everything) return true;
  if (changed.endsWith("/") && named.startsWith(changed)) return true;
  return named.endsWith("/") && changed.startsWith(named);
}

/** Tools that only look: naming a file is no evidence for having written it. */
const looking = /^(?:read|view|open|cat|grep|glob|ls|list|search|find|fetch|web|todo)/i;

/**
 * Finds the absolute paths that a line of a worker's transcript names as written. Pure; never
 * throws.
 */
export function pathsNamed(
  line: string,
  resolved: (path: string) => string,
): { readonly tool: string; readonly paths: readonly string[] } | undefined {
  const event = parsed(line);
  const [kind, tool] = [Reflect.get(event, "kind"), Reflect.get(event, "tool")];
  if (kind !== "tool" || typeof tool !== "string" || looking.test(tool)) return undefined;
  const paths: unknown = Reflect.get(event, "paths");
  const detail: unknown = Reflect.get(event, "detail");
  const named = Array.isArray(paths) ? paths.filter((path) => typeof path === "string") : [];
  // The paths in a command: its words, without quotes and redirections.
  const words =
    typeof detail === "string" ? detail.split(/[\s"'`;|&<>()=]+/).filter(isPathLike) : [];
  return { tool, paths: [...named, ...words].map(resolved) };
}

const isPathLike = (word: string): boolean => word.includes("/") && word.length < 4_096;

function parsed(line: string): object {
  try {
    return Object(JSON.parse(line));
  } catch {
    return {};
  }
}
