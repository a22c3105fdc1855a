import {
  asBranchName,
  asRepoPath,
  type BranchName,
  parseSha,
  type RepoPath,
  type Sha,
} from "../ids.ts";
import type { Git } from "./git.ts";

/** A path at which index, worktree and HEAD are not the same. */
export interface StatusEntry {
  readonly path: RepoPath;
  /** The kind; `ignored` only where it was asked for; a wholly ignored folder ends in `/`. */
  readonly kind: "changed" | "unmerged" | "untracked" | "ignored";
  /** Whether the index differs from HEAD. */
  readonly staged: boolean;
  /**
   * Whether the worktree differs from the index. For a submodule: another commit is checked out in
   * it.
   */
  readonly unstaged: boolean;
  readonly submodule: boolean;
}

export interface Status {
  /** The commit of HEAD; undefined on a branch without a commit. */
  readonly head: Sha | undefined;
  /** The branch of HEAD; undefined when HEAD is detached. */
  readonly branch: BranchName | undefined;
  readonly entries: readonly StatusEntry[];
}

/**
 * Reads how a worktree differs from its HEAD. Refreshes the index, too, as `git status` does,
 * unless `traceless` is set.
 */
export async function readStatus(
  git: Git,
  options: {
    readonly untracked: "no" | "normal" | "all";
    readonly traceless?: boolean;
    readonly ignored?: boolean;
  },
): Promise<Status> {
  const traceless = options.traceless === true;
  const fields = await git.fields(
    [
      ...["status", "--porcelain=v2", "--branch", "-z", "--no-renames"],
      ...(options.ignored === true ? ["--ignored=matching"] : []),
      ...["--ignore-submodules=dirty", `--untracked-files=${options.untracked}`],
    ],
    traceless ? { env: { GIT_OPTIONAL_LOCKS: "0" } } : {},
  );
  return parseGitStatus(fields);
}

/** Reads the fields of `git status --porcelain=v2 --branch -z --no-renames`. */
export function parseGitStatus(fields: readonly string[]): Status {
  const header = (name: string): string | undefined =>
    fields.find((field) => field.startsWith(`# ${name} `))?.slice(name.length + 3);
  const head = header("branch.oid");
  const branch = header("branch.head");
  return {
    head: head === undefined || head === "(initial)" ? undefined : parseSha(head),
    branch: branch === undefined || branch === "(detached)" ? undefined : asBranchName(branch),
    entries: fields.filter((field) => !field.startsWith("# ")).map(parseEntry),
  };
}

/** The number of words before the path, by the first word of an entry. */
const wordsBefore: Readonly<Record<string, number>> = { "1": 8, u: 10, "?": 1, "!": 1 };

function parseEntry(field: string): StatusEntry {
  const type = field[0] ?? "";
  const words = field.split(" ");
  const path = asRepoPath(words.slice(wordsBefore[type] ?? 1).join(" "));
  if (type === "?" || type === "!") {
    const kind = type === "?" ? "untracked" : "ignored";
    return { path, kind, staged: false, unstaged: true, submodule: false };
  }
  const [, states = "..", submodule = "N..."] = words;
  return {
    path,
    kind: type === "u" ? "unmerged" : "changed",
    staged: states[0] !== ".",
    unstaged: states[1] !== ".",
    submodule: submodule.startsWith("S"),
  };
}
