import { findBeyond } from "../../ground/git/beyond.ts";
import { parseSha, type Sha } from "../../ground/ids.ts";
import { succeeded } from "../../ground/proc/run.ts";
import { type LandingFacts, type LandingVerdict, membersOf } from "../landing/landing.ts";
import type { Site } from "../landing/site.ts";
import { abandonIntegration } from "../landing/slot-worktree.ts";
import { keepWords } from "./keep-words.ts";
import { weaveTimeoutMs } from "./plain-rebase.ts";
import { commitRefusal } from "./refusal.ts";

/** What several tracks come to when their commits are picked one after another by one process. */
export type Together =
  /** What each of them came to, in their order. */
  | { readonly kind: "woven"; readonly tops: readonly Sha[] }
  | { readonly kind: "stopped"; readonly verdict: LandingVerdict }
  /** Something is in the way, or this is not what the strategy asks for: one by one tells what. */
  | { readonly kind: "one-by-one" };

const oneByOne: Together = { kind: "one-by-one" };

/** Their names are arguments of one process. */
const mostCommits = 500;

/**
 * The same commits that a rebase of each track on top of the one before it makes, by one process
 * instead of two for each track; a union of ten is put together in a fifth of the time so.
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

/** Where it starts, and what of each track is picked on top of that, oldest first. */
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
  // What follows the target already is not made anew.
  const stays = members[0]?.weave === "as-it-is" ? members[0].tip : undefined;
  const picked = new Set<Sha>(stays === undefined ? [] : beyond.get(stays)?.commits);
  const each = tips.map((tip) => {
    const own = [...(beyond.get(tip)?.commits ?? [])].reverse();
    // One track may stand on another.
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

/** As a rebase does it, for those who have set `notes.rewriteRef`. */
async function copyNotes({ git }: Site, from: readonly Sha[], to: readonly Sha[]): Promise<void> {
  const pairs = from.map((commit, at) => `${commit} ${to[at]}\n`).join("");
  await git.run(["notes", "copy", "--for-rewrite=rebase"], { input: pairs });
}
