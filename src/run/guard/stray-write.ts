import type { TrackName } from "../../ground/ids.ts";

/** What speaks for a worker having written in the user's checkout. */
export interface WriteClue {
  readonly track: TrackName;
  /** In words: "its Edit named it", "its process has it open". */
  readonly how: string;
  /** Below the top of the checkout. A folder, ending in `/`, stands for all that is in it. */
  readonly path: string;
}

/** Paths that one worker has written, or that nobody can be named for. */
export interface StrayWrite {
  readonly track: TrackName | undefined;
  /** What names the worker; undefined where nobody is named. */
  readonly how: string | undefined;
  readonly paths: readonly string[];
}

/**
 * Whose changes they are, by evidence alone: a path that two may have written, or nobody is known
 * to have, stays nobody's. What git ignores changes all the time, by builds and by caches: without
 * evidence a folder of it is not spoken of.
 * @param changed what is otherwise than before; of ignored folders the name, ending in `/`
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
      // Of an ignored folder it is told what in it was written.
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

/** The path of who works at the top of the checkout. */
export const everything = "/";

function concerns(named: string, changed: string): boolean {
  if (named === changed || named === everything) return true;
  if (changed.endsWith("/") && named.startsWith(changed)) return true;
  return named.endsWith("/") && changed.startsWith(named);
}

/** Tools that only look: naming a file is no evidence for having written it. */
const looking = /^(?:read|view|open|cat|grep|glob|ls|list|search|find|fetch|web|todo)/i;

/** The absolute paths that one line of a worker's transcript names as written. Pure; never throws. */
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
  // What a command names: its words, quotes and redirections taken off.
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
