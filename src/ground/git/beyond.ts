import { parseSha, type Sha } from "../ids.ts";
import type { Git } from "./git.ts";

/** The commits that a commit has beyond others. */
export interface Beyond {
  readonly commits: ReadonlySet<Sha>;
  /** The commits of the others on which its own commits stand. */
  readonly bases: ReadonlySet<Sha>;
  readonly merges: boolean;
}

/**
 * Finds for each of several commits what it has beyond others, in a single process.
 * @throws PleachError `git/failed` when a commit is not there
 */
export async function findBeyond(
  git: Git,
  tips: readonly Sha[],
  others: readonly Sha[],
): Promise<ReadonlyMap<Sha, Beyond>> {
  if (tips.length === 0) return new Map();
  const text = await git.text(["rev-list", "--parents", ...new Set(tips), "--not", ...others]);
  const lines = text === "" ? [] : text.split("\n");
  const parents = new Map(
    lines.map((line) => {
      const [commit, ...above] = line.split(" ").map(parseSha);
      return [commit as Sha, above];
    }),
  );
  return new Map(tips.map((tip) => [tip, walk(tip, parents)]));
}

function walk(tip: Sha, parents: ReadonlyMap<Sha, readonly Sha[]>): Beyond {
  const commits = new Set<Sha>();
  const bases = new Set<Sha>();
  let merges = false;
  const open = [tip];
  for (let commit = open.pop(); commit !== undefined; commit = open.pop()) {
    const above = parents.get(commit);
    if (above === undefined) {
      bases.add(commit);
      continue;
    }
    if (commits.has(commit)) continue;
    commits.add(commit);
    merges ||= above.length > 1;
    open.push(...above);
  }
  return { commits, bases, merges };
}
