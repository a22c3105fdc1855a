import { execFileSync, spawnSync } from "node:child_process";

/** Git in one folder, for the scripts of the replay. */
export interface ReplayGit {
  readonly folder: string;
  /** Returns git's output without the last line end; throws when git fails. */
  text(...args: readonly string[]): string;
  /** Returns the fields of an output with `-z`. */
  fields(...args: readonly string[]): readonly string[];
  /** Returns git's output when it ended with 0, else undefined. */
  find(...args: readonly string[]): string | undefined;
}

const maxBuffer = 256 * 1024 * 1024;

export function gitIn(folder: string): ReplayGit {
  const text = (...args: readonly string[]): string =>
    execFileSync("git", args, { cwd: folder, encoding: "utf8", maxBuffer, stdio: "pipe" });
  return {
    folder,
    text: (...args) => text(...args).replace(/\n$/, ""),
    fields: (...args) =>
      text(...args)
        .split("\0")
        .slice(0, -1),
    find: (...args) => {
      const ran = spawnSync("git", args, { cwd: folder, encoding: "utf8", maxBuffer });
      return ran.status === 0 ? ran.stdout.replace(/\n$/, "") : undefined;
    },
  };
}

/**
 * Returns the tree of a commit's own change on top of another tree; undefined when they conflict.
 * The other tree is dressed as a sibling of the commit, so that git merges over the commit's
 * parent.
 */
export function applyOn(git: ReplayGit, tree: string, commit: string): string | undefined {
  const sibling = git.text("commit-tree", tree, "-p", `${commit}^`, "-m", "sibling");
  return git.find("merge-tree", "--write-tree", "--no-messages", sibling, commit);
}

/** Returns the tree with these blobs at its top, by name. */
export function treeWith(
  git: ReplayGit,
  tree: string,
  blobs: Readonly<Record<string, string>>,
): string {
  const kept = git
    .fields("ls-tree", "-z", tree)
    .filter((entry) => !Object.hasOwn(blobs, entry.slice(entry.indexOf("\t") + 1)));
  const added = Object.entries(blobs).map(([name, blob]) => `100644 blob ${blob}\t${name}`);
  const input = [...kept, ...added].map((entry) => `${entry}\0`).join("");
  const options = { cwd: git.folder, encoding: "utf8", input } as const;
  return execFileSync("git", ["mktree", "-z"], options).trimEnd();
}
