import { findBeyond } from "../../ground/git/beyond.ts";
import { parseSha, type Sha } from "../../ground/ids.ts";
import { succeeded } from "../../ground/proc/run.ts";
import { type LandingFacts, type LandingVerdict, membersOf } from "../landing/landing.ts";
import type { Site } from "../landing/site.ts";
import { abandonIntegration } from "../landing/slot-worktree.ts";
import { keepWords } from "./keep-words.ts";
import { weaveTimeoutMs } from "./plain-rebase.ts";
import { commitRefusal } from "./refusal.ts";

/** The result of picking the commits of several tracks one after another by one process. */
export type Together =
  /** The last commit made for each track, in their order. */
  | { readonly kind: "woven"; readonly tops: readonly Sha[] }
  | { readonly kind: "stopped"; readonly verdict: LandingVerdict }
  /** Picking failed, or the strategy asks for something else: weaving one by one finds out why. */
  | { readonly kind: "one-by-one" };

const oneByOne: Together = { kind: "one-by-one" };

/** The most commits to pick: their names are arguments of one process. */
const mostCommits = 500;

/**
 * Makes the commits that rebasing each track onto the one before would make, by one process instead
 * of two for each track; a union of ten is put together in a fifth of the time.
 */
export async function weaveTogether(site: Site, facts: LandingFacts): Promise<Together> {
  const picks = await findPicks(site, facts);
  if (picks === undefined) return oneByOne;
  const { start, each } = picks;
  const commits = each.flat();
  const here = site.git.at(site.folder);
  await here.text(["checkout", "--quiet", "--detach", start]);
  const limit = { timeoutMs: weaveTimeoutMs, env: { GIT_EDITOR: ":" } };
  const result = await here.run(["cherry-pick", ...commits], limit);
  if (result.ending.kind === "timed-out") {
    return { kind: "stopped", verdict: await commitRefusal(site, result) };
  }
  const made = succeeded(result) ? await commitsSince(site, start) : [];
  if (made.length !== commits.length) {
    await abandonIntegration(site);
    return oneByOne;
  }
  await copyNotes(site, commits, made);
  const now = await keepWords(site, {
    from: { args: ["--no-walk=unsorted", "--stdin"], input: `${commits.join("\n")}\n` },
    made: async () => await Promise.resolve(made),
  });
  let count = 0;
  const tops = each.map((own) => {
    count += own.length;
    const top = made[count - 1] ?? start;
    return now.get(top) ?? top;
  });
  return { kind: "woven", tops };
}

/**
 * Finds the commit to start from, and the commits of each track to pick on top of it, oldest first.
 */
async function findPicks(
  site: Site,
  facts: LandingFacts,
): Promise<{ readonly start: Sha; readonly each: readonly (readonly Sha[])[] } | undefined> {
  const members = membersOf(facts);
  const { onto } = facts;
  const tips = members.flatMap(({ tip }) => tip ?? []);
  const isRebase = members.every(
    ({ weave, upstream }) =>
      weave === "as-it-is" || (weave === "rebase" && (upstream ?? onto) === onto),
  );
  if (onto === undefined || tips.length < 2 || tips.length < members.length || !isRebase) {
    return undefined;
  }
  const beyond = await findBeyond(site.git, tips, [onto]);
  // Commits that follow the target already are not made anew.
  const stays = members[0]?.weave === "as-it-is" ? members[0].tip : undefined;
  const picked = new Set<Sha>(stays === undefined ? [] : beyond.get(stays)?.commits);
  const each = tips.map((tip) => {
    const own = [...(beyond.get(tip)?.commits ?? [])].reverse();
    // A track may stand on another, whose commits are picked already.
    const left = own.filter((commit) => !picked.has(commit));
    for (const commit of left) picked.add(commit);
    return left;
  });
  const count = each.flat().length;
  return count === 0 || count > mostCommits ? undefined : { start: stays ?? onto, each };
}

export async function commitsSince({ git, folder }: Site, start: Sha): Promise<readonly Sha[]> {
  const text = await git.at(folder).text(["rev-list", "--reverse", `${start}..HEAD`]);
  return text === "" ? [] : text.split("\n").map(parseSha);
}

/** Copies notes as a rebase does, for users who have set `notes.rewriteRef`. */
async function copyNotes({ git }: Site, from: readonly Sha[], to: readonly Sha[]): Promise<void> {
  const pairs = from.map((commit, at) => `${commit} ${to[at]}\n`).join("");
  await git.run(["notes", "copy", "--for-rewrite=rebase"], { input: pairs });
}
