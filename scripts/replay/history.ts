import type { Dice } from "./dice.ts";
import type { ReplayGit } from "./git.ts";

/** A commit of the foreign repository that may become a task. */
export interface Candidate {
  readonly sha: string;
  readonly subject: string;
  /** The changed paths, of a rename both the old and the new name. */
  readonly paths: readonly string[];
  /** The number of added and removed lines together. */
  readonly lines: number;
  /** Whether the commit deletes or renames a file. */
  readonly removes: boolean;
}

export interface History {
  readonly base: string;
  /** How many commits of the first-parent line the base lies behind its end. */
  readonly back: number;
  /** Later commits, older first. */
  readonly candidates: readonly Candidate[];
}

const nearestBase = 200;
const farthestBase = 800;
/** How many commits after the base are looked at. */
const window = 160;

const maxPaths = 10;
const maxLines = 400;

/**
 * Chooses a base some hundreds of commits back (the first commit of a short history), and reads the
 * commits after it.
 */
export function readHistory(git: ReplayGit, head: string, dice: Dice): History {
  const line = git.text("rev-list", "--first-parent", head).split("\n");
  const oldest = line.length - 1;
  const [near, far] = [Math.min(nearestBase, oldest), Math.min(farthestBase, oldest)];
  const back = near + dice.below(far - near + 1);
  const base = line[back];
  if (base === undefined) throw new Error("the history is empty");
  const range = ["--no-merges", "--topo-order", "--reverse", `${base}..${head}`];
  const later = git.text("rev-list", ...range).split("\n");
  const candidates = later.slice(0, window).flatMap((sha) => readCandidate(git, sha) ?? []);
  return { base, back, candidates };
}

/**
 * Reads a commit; undefined for one that is large, binary, a submodule, or has names that a glob
 * would not take as they are.
 */
function readCandidate(git: ReplayGit, sha: string): Candidate | undefined {
  const diff = ["diff-tree", "-r", "--root", "--no-commit-id", "--no-renames", "-z"];
  const raw = git.fields(...diff, "--raw", sha);
  const headers = raw.filter((_, index) => index % 2 === 0);
  const paths = raw.filter((_, index) => index % 2 === 1);
  const counts = git.fields(...diff, "--numstat", sha).map((row) => row.split("\t"));
  const lines = counts.reduce((sum, [added, gone]) => sum + Number(added) + Number(gone), 0);
  const plain = paths.every((path) => /^[\w./@+-]+$/.test(path) && !ownFiles.includes(path));
  const links = headers.some((header) => /\b(?:120000|160000)\b/.test(header));
  if (!plain || links || paths.length === 0 || paths.length > maxPaths) return undefined;
  // A binary file counts as "-", which is no number.
  if (!(lines > 0 && lines <= maxLines)) return undefined;
  const subject = git.text("log", "-1", "--format=%s", sha);
  return { sha, subject, paths, lines, removes: headers.some((header) => header.endsWith(" D")) };
}

/** The files that the replay itself writes into the foreign repository. */
export const ownFiles: readonly string[] = ["TASKS.md", "pleach.toml"];
