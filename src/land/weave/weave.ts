import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hasStaged, plainDiff, type TreeEntry } from "../../ground/git/changes.ts";
import { headOf } from "../../ground/git/checkout.ts";
import { asRepoPath, parseSha, type RepoPath, type Sha } from "../../ground/ids.ts";
import { type RunResult, succeeded } from "../../ground/proc/run.ts";
import { decoded, hasOddBytes, plain, plainLine } from "../../ground/text.ts";
import type { Stages } from "../../radar/settle.ts";
import {
  type LandingFacts,
  type LandingVerdict,
  type Member,
  membersOf,
} from "../landing/landing.ts";
import { changesOf, type Site } from "../landing/site.ts";
import { abandonIntegration, prepareIntegration } from "../landing/slot-worktree.ts";
import { keepWords } from "./keep-words.ts";
import { rebaseFlags, weaveTimeoutMs } from "./plain-rebase.ts";
import { commitRefusal } from "./refusal.ts";
import { regenerationsFor, settle } from "./soft.ts";
import { squashMessage } from "./squash.ts";
import { commitsSince, weaveTogether } from "./weave-together.ts";

/**
 * Runs the step `integrate`: puts the work of each track on top of the target's tip, in the
 * landing's own worktree.
 */
export async function integrate(site: Site, facts: LandingFacts): Promise<Partial<LandingFacts>> {
  const { onto } = facts;
  if (onto === undefined) throw new Error("it was not verified");
  await prepareIntegration(site, onto);
  const woven = await weaveAll(site, facts, onto);
  if (woven.kind === "stopped") {
    await abandonIntegration(site);
    return { verdict: woven.verdict };
  }
  const { tops, settled } = woven;
  const top = tops.at(-1) ?? onto;
  const [lead, ...others] = membersOf(facts).map((member, at) => {
    const own = tops[at];
    return own === undefined ? member : { ...member, top: own };
  });
  const union =
    others.length === 0 ? {} : { ...(lead?.top === undefined ? {} : { top: lead.top }), others };
  const { config } = site;
  const hasRegenerated = config.soft.some(({ policy }) => policy.kind === "regenerate");
  const asItIs = facts.weave === "as-it-is" || facts.weave === "merged";
  if ((asItIs && others.length === 0) || !hasRegenerated) return { woven: top, ...union };
  const changed = await changesOf(site, onto, top);
  const paths = [...changed.map((change) => change.path), ...settled];
  return { woven: top, ...union, regenerate: regenerationsFor(config, paths) };
}

type AllWoven =
  | { readonly kind: "woven"; readonly tops: readonly Sha[]; readonly settled: readonly RepoPath[] }
  | { readonly kind: "stopped"; readonly verdict: LandingVerdict };

async function weaveAll(site: Site, facts: LandingFacts, onto: Sha): Promise<AllWoven> {
  const together = await weaveTogether(site, facts);
  if (together.kind === "stopped") return together;
  if (together.kind === "woven") return { ...together, settled: [] };
  const tops: Sha[] = [];
  const settled: RepoPath[] = [];
  for (const [at, member] of membersOf(facts).entries()) {
    const track = at === 0 ? site.track : site.others[at - 1];
    if (track === undefined) throw new Error(`${member.track} is not part of this landing`);
    const top = tops.at(-1) ?? onto;
    const woven = await weaveOne({ ...site, track }, member, { top, onto });
    if (woven.kind === "stopped") {
      return { ...woven, verdict: { ...woven.verdict, track: track.name } };
    }
    settled.push(...woven.settled);
    tops.push(woven.commit);
  }
  return { kind: "woven", tops, settled };
}

/** @param top the last commit made for the tracks before; the target's tip for the first */
async function weaveOne(
  site: Site,
  { tip, weave, upstream }: Member,
  { top, onto }: { readonly top: Sha; readonly onto: Sha },
): Promise<Woven> {
  if (tip === undefined) throw new Error("it was not verified");
  if (weave === "merged") return await takeAsItIs(site, onto);
  if (weave === "as-it-is" && top === onto) return await takeAsItIs(site, tip);
  if (weave === "rebase" || weave === "as-it-is") {
    const rebased = await rebase(site, { tip, onto: top, upstream: upstream ?? onto });
    const isConflict = rebased.kind === "stopped" && rebased.verdict.outcome === "conflict";
    // A merge would bring commits of a rewritten target back.
    if (!isConflict || (upstream ?? onto) !== onto) return rebased;
    return (await asOne(site, { tip, onto: top })) ?? rebased;
  }
  return await merge(site, { tip, onto: top, squash: weave === "squash" });
}

/**
 * Weaves the whole of a track as one commit, when its commits conflict with the target one by one
 * and their sum does not: the sum is what lands, and what the radar has merged.
 */
async function asOne(
  site: Site,
  range: { readonly tip: Sha; readonly onto: Sha },
): Promise<Woven | undefined> {
  await abandonIntegration(site);
  const merged = await merge(site, { ...range, squash: true });
  if (merged.kind === "stopped") return undefined;
  const text = `the commits of ${site.track.name} conflict one by one, and not as a whole: they land as one`;
  site.progress({ kind: "note", text });
  return merged;
}

type Woven =
  | { readonly kind: "woven"; readonly commit: Sha; readonly settled: readonly RepoPath[] }
  | { readonly kind: "stopped"; readonly verdict: LandingVerdict };

async function takeAsItIs(site: Site, tip: Sha): Promise<Woven> {
  const args = ["checkout", "--quiet", "--detach", tip];
  await site.git.at(site.folder).text(args);
  return { kind: "woven", commit: tip, settled: [] };
}

async function rebase(
  site: Site,
  range: { readonly tip: Sha; readonly onto: Sha; readonly upstream: Sha },
): Promise<Woven> {
  const { onto, upstream, tip } = range;
  const start = ["rebase", ...rebaseFlags, "--onto", onto, upstream, tip];
  const rebased = await settleUntilDone(site, start, async () => await goOn(site));
  if (rebased.kind === "stopped") return rebased;
  const { commit, settled } = rebased;
  const now = await keepWords(site, {
    from: { args: ["--reverse", "--topo-order", "--no-merges", tip, `^${upstream}`] },
    made: async () => await commitsSince(site, onto),
  });
  return { kind: "woven", commit: now.get(commit) ?? commit, settled };
}

/**
 * Commits the settled files under the message of the commit that stopped, and lets the rebase go
 * on.
 */
async function goOn({ git, folder }: Site): Promise<RunResult> {
  const here = git.at(folder);
  const limit = { timeoutMs: weaveTimeoutMs, env: { GIT_EDITOR: ":" } };
  if (await hasStaged(here)) {
    // Git alone would add the paths in conflict to the message as comments.
    const commit = ["commit", "--quiet", "--no-verify", "--reuse-message=REBASE_HEAD"];
    const committed = await here.run(commit, limit);
    if (!succeeded(committed)) return committed;
  }
  return await here.run(["rebase", "--continue"], limit);
}

async function merge(
  site: Site,
  { tip, onto, squash }: { readonly tip: Sha; readonly onto: Sha; readonly squash: boolean },
): Promise<Woven> {
  const here = site.git.at(site.folder);
  await here.text(["checkout", "--quiet", "--detach", onto]);
  const how = squash ? "--squash" : "--no-ff";
  const message = squash
    ? await squashMessage(site, { tip, onto })
    : { text: `Merge track ${site.track.name}`, author: undefined };
  const start = ["merge", "--quiet", "--no-commit", how, tip];
  const author = message.author === undefined ? [] : [`--author=${message.author}`];
  const commit = ["commit", "--quiet", "--no-verify", ...author, "--file=-"];
  const merged = await settleUntilDone(site, start, undefined);
  if (merged.kind === "stopped") return merged;
  const staged = await hasStaged(here);
  // A squash of commits that are in the target already changes nothing, and needs no commit.
  if (!staged && squash) return merged;
  const limit = { input: `${message.text.trimEnd()}\n`, timeoutMs: weaveTimeoutMs };
  const committed = await here.run(commit, limit);
  if (!succeeded(committed)) return await stopped(site, committed);
  return await woven(site, merged.settled);
}

/**
 * Runs a git command, and goes on as long as it stops only at soft paths that settle by their
 * policy.
 */
async function settleUntilDone(
  site: Site,
  start: readonly string[],
  next: (() => Promise<RunResult>) | undefined,
): Promise<Woven> {
  const here = site.git.at(site.folder);
  const limit = { timeoutMs: weaveTimeoutMs, env: { GIT_EDITOR: ":" } };
  const settled: RepoPath[] = [];
  let result = await here.run(start, limit);
  while (!succeeded(result)) {
    const conflicts = await unmergedPaths(site);
    if (conflicts.size === 0) return await stopped(site, result);
    const settledNow = await settle(site, conflicts);
    if (settledNow.kind === "open") return await conflict(site, settledNow.paths);
    settled.push(...conflicts.keys());
    if (next === undefined) break;
    result = await next();
  }
  return await woven(site, settled);
}

async function woven(site: Site, settled: readonly RepoPath[]): Promise<Woven> {
  const commit = parseSha(await headOf(site.git.at(site.folder)));
  return { kind: "woven", commit, settled };
}

async function unmergedPaths({ git, folder }: Site): Promise<ReadonlyMap<RepoPath, Stages>> {
  const stages = new Map<RepoPath, { [stage: string]: TreeEntry }>();
  for (const field of await git.at(folder).fields(["ls-files", "--unmerged", "-z"])) {
    const tab = field.indexOf("\t");
    const [mode = "", sha = "", stage = ""] = field.slice(0, tab).split(" ");
    const path = asRepoPath(field.slice(tab + 1));
    const known = stages.get(path) ?? {};
    known[stage] = { mode, sha: parseSha(sha) };
    stages.set(path, known);
  }
  return new Map(
    [...stages].map(([path, at]) => [path, { base: at["1"], target: at["2"], track: at["3"] }]),
  );
}

const maxEvidence = 40_000;

async function conflict(site: Site, paths: readonly RepoPath[]): Promise<Woven> {
  const { git, folder, track, config } = site;
  const args = [
    "diff",
    ...plainDiff,
    "--no-color",
    "--",
    ...(paths.some(hasOddBytes) ? [] : paths),
  ];
  const hunks = await git.at(folder).run(["--literal-pathspecs", ...args]);
  const stoppedAt = readStopped(site);
  const where = stoppedAt === undefined ? "" : ` at "${stoppedAt}"`;
  const verdict: LandingVerdict = {
    outcome: "conflict",
    reason: "conflict",
    detail: `${track.name} conflicts with ${config.target} in ${paths.slice(0, 4).join(", ")}${where}`,
    hint: `in ${track.worktree}: git rebase ${config.target}`,
    paths,
    evidence: plain(decoded(hunks.stdout.subarray(0, maxEvidence))),
  };
  return { kind: "stopped", verdict };
}

/** Reads the subject of the commit a rebase stopped at. */
function readStopped({ git, folder }: Site): string | undefined {
  try {
    const { gitDir } = git.at(folder);
    const message = readFileSync(join(gitDir, "rebase-merge/message"), "utf8");
    return plainLine(message.split("\n")[0] ?? "").slice(0, 80);
  } catch {
    // A squash or a merge has no single commit to name.
    return undefined;
  }
}

/**
 * Builds the verdict on a git that stopped for another reason than a conflict; the reason decides
 * who can help.
 */
async function stopped(site: Site, result: RunResult): Promise<Woven> {
  return { kind: "stopped", verdict: await commitRefusal(site, result) };
}
