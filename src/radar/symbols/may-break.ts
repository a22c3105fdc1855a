import { posix } from "node:path";
import { asRepoPath, type RepoPath } from "../../ground/ids.ts";
import { definitionOn } from "./definitions.ts";
import { familyOf, type Gone, type Spot, stemOf, type Traces, wordKey } from "./traces.ts";

const { dirname, relative } = posix;

/** What one line of work takes away and another one's new lines use. */
export interface Break extends Pick<Gone, "what" | "how" | "name" | "to"> {
  /** Whose change it is, and in which file what it changes was. */
  readonly by: string;
  readonly from: RepoPath;
  /** Whose new line uses it, and where. */
  readonly user: string;
  readonly path: RepoPath;
  readonly line: number;
}

/** Two lines of work that merge, and of which one would probably break the other. */
export interface Breakage {
  readonly names: readonly [string, string];
  readonly breaks: readonly Break[];
}

/** A use that is only a likeness of words so far: the two files tell whether it is one. */
export interface LikelyBreak {
  readonly gone: Gone;
  readonly spot: Spot;
}

/** What new lines of the second use of what the first takes away. Pure. */
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

/** The file that mentions it is moved by the same way: what stands in it still leads there. */
function moveTogether({ what, before, after }: Gone, spot: Spot, moves: Moves): boolean {
  const end = moves.get(spot.path);
  if (what !== "file" || after === undefined || end === undefined) return false;
  return relative(dirname(spot.path), before) === relative(dirname(end), after);
}

/** Where files were, and where they are now. */
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

/** Where a path is mentioned: whole, or its last two parts or more. */
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
 * Whether a suspicion holds in the light of the files: the file that uses the name knows the one it
 * was in, and that one does not define it any more.
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

/** Languages in which a file sees what its folder's other files define without naming them. */
const byFolder: ReadonlySet<string> = new Set(["go", "java", "cs", "swift"]);
/** Languages in which a file sees what any other file defines, or names it otherwise. */
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

/** What is said of a suspicion that holds. */
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
