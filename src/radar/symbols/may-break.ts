import { posix } from "node:path";
import { asRepoPath, type RepoPath } from "../../ground/ids.ts";
import { definitionOn } from "./definitions.ts";
import { familyOf, type Gone, type Spot, stemOf, type Traces, wordKey } from "./traces.ts";

const { dirname, relative } = posix;

/** A thing that a line of work removes or changes and another's new lines use. */
export interface Break extends Pick<Gone, "what" | "how" | "name" | "to"> {
  /** The line of work with the change, and the file that held the changed thing. */
  readonly by: string;
  readonly from: RepoPath;
  /** The line of work whose new line uses it, and the place of that line. */
  readonly user: string;
  readonly path: RepoPath;
  readonly line: number;
}

/** Two lines of work that merge, and of which one would probably break the other. */
export interface Breakage {
  readonly names: readonly [string, string];
  readonly breaks: readonly Break[];
}

/** A use that is only a likeness of words so far: the two files tell whether it is real. */
export interface LikelyBreak {
  readonly gone: Gone;
  readonly spot: Spot;
}

/** Finds the new lines of the second that use what the first removes or changes. Pure. */
export function suspicionsOf(
  { gone }: Pick<Traces, "gone">,
  other: Traces,
): readonly LikelyBreak[] {
  const moves = new Map(
    gone.flatMap(({ what, before, after }) =>
      what === "file" && after !== undefined ? [[before, after] as const] : [],
    ),
  );
  return gone.flatMap((one) => {
    const spot = useOf(one, other);
    return spot === undefined || moveTogether(one, spot, moves) ? [] : [{ gone: one, spot }];
  });
}

/** Whether the mentioning file moves the same way: its mention still leads to the moved file. */
function moveTogether({ what, before, after }: Gone, spot: Spot, moves: Moves): boolean {
  const end = moves.get(spot.path);
  if (what !== "file" || after === undefined || end === undefined) return false;
  return relative(dirname(spot.path), before) === relative(dirname(end), after);
}

/** The old places of files, and their present places. */
type Moves = ReadonlyMap<string, string>;

function useOf(gone: Gone, { words, defines, mentions, commands }: Traces): Spot | undefined {
  switch (gone.what) {
    case "command":
      return commands.get(gone.name);
    case "file":
      return mentionOf(gone.name, mentions);
    case "name": {
      const key = wordKey(familyOf(gone.before), gone.name);
      return defines.has(key) ? undefined : words.get(key);
    }
  }
}

/** Finds where a path is mentioned: whole, or its last two parts or more. */
function mentionOf(path: string, mentions: ReadonlyMap<string, Spot>): Spot | undefined {
  const parts = stemOf(path).split("/");
  for (let from = 0; from === 0 || from < parts.length - 1; from += 1) {
    const spot = mentions.get(parts.slice(from).join("/"));
    // A name without a folder is a word like any other.
    if (spot !== undefined && spot.path !== path && parts.length > 1) return spot;
  }
  return undefined;
}

/**
 * Whether a suspicion holds in the light of the files: the file that uses the name knows the file
 * that defined it, and that file does not define it any more.
 * @param using the whole file that uses it
 * @param defining the file that defined it, as it is now; undefined when it is gone
 */
export function isBreakLikely(
  { gone, spot }: LikelyBreak,
  { using, defining }: { readonly using: string; readonly defining: string | undefined },
): boolean {
  if (gone.what !== "name") return true;
  const definedOn = (text: string): boolean =>
    text.split("\n").some((line) => definitionOn(line)?.name === gone.name);
  if (gone.how !== "changed" && defining !== undefined && definedOn(defining)) return false;
  if (spot.path === gone.before || spot.path === gone.after) return true;
  return !definedOn(using) && knows(using, spot.path, gone.before);
}

/**
 * Languages in which a file sees the definitions of its folder's other files without naming them.
 */
const byFolder: ReadonlySet<string> = new Set(["go", "java", "cs", "swift"]);
/**
 * Languages in which a file sees the definitions of any other file, or names that file otherwise.
 */
const byProgram: ReadonlySet<string> = new Set(["rb", "php", "sql", "swift", "cs", "c", "java"]);

function knows(using: string, path: string, defining: string): boolean {
  const family = familyOf(path);
  const folderOf = (file: string): string => file.slice(0, Math.max(0, file.lastIndexOf("/")));
  if (byProgram.has(family)) return true;
  if (byFolder.has(family) && folderOf(path) === folderOf(defining)) return true;
  const stem = stemOf(defining).split("/").at(-1) ?? "";
  const quoted = stem.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![\\w-])${quoted}(?![\\w-])`).test(using);
}

/** Makes the report of a suspicion that holds. */
export function breakOf(
  { gone, spot }: LikelyBreak,
  { by, user }: { readonly by: string; readonly user: string },
): Break {
  const { what, how, name, to, before } = gone;
  return {
    ...{ what, how, name },
    ...(to === undefined ? {} : { to }),
    ...{ by, from: asRepoPath(before) },
    ...{ user, path: asRepoPath(spot.path), line: spot.line },
  };
}
