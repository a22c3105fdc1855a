import { existsSync } from "node:fs";
import { type Beyond, findBeyond } from "../../ground/git/beyond.ts";
import type { Git } from "../../ground/git/git.ts";
import { branchRef, findCommit, isAncestor } from "../../ground/git/refs.ts";
import { readStatus } from "../../ground/git/status.ts";
import type { Sha } from "../../ground/ids.ts";
import type { LandingFacts, LandingVerdict, Member, Weave } from "../landing/landing.ts";
import { findStanding } from "../landing/landing-store.ts";
import { needsHuman, refused, type Site } from "../landing/site.ts";

/**
 * Runs the step `verify`: each track is clean, committed, on its branch, and has something the
 * target has not.
 */
export async function verify(site: Site, facts: LandingFacts): Promise<Partial<LandingFacts>> {
  const { config } = site;
  if (config.land.gate.length === 0 && !facts.noGate) return { verdict: noGate(site) };
  const onto = facts.assumed ?? facts.onto ?? (await findTip(site));
  const [lead, ...rest] = await verifyEach(site, facts, onto);
  if (lead === undefined) throw new Error("nobody is to land");
  if (onto === undefined) return { verdict: lead.verdict ?? noTarget(site) };
  if (lead.verdict !== undefined) return { ...lead, onto };
  const others: Member[] = [];
  for (const [at, track] of site.others.entries()) {
    const { verdict, ...other } = rest[at] ?? {};
    if (verdict !== undefined) return { ...lead, onto, verdict: { ...verdict, track: track.name } };
    others.push({ track: track.name, ...other });
  }
  return { ...lead, onto, ...(others.length === 0 ? {} : { others }) };
}

/** Finds the target's tip now, for a landing that was not told where to stand. */
const findTip = async ({ git, config }: Site): Promise<Sha | undefined> =>
  await findCommit(git, branchRef(config.target));

type Verified = Omit<Member, "track"> & { readonly verdict?: LandingVerdict };

/** Verifies all tracks side by side; the commits of their own are asked for all tips at once. */
async function verifyEach(
  site: Site,
  facts: LandingFacts,
  onto: Sha | undefined,
): Promise<readonly Verified[]> {
  const sites = [site.track, ...site.others].map((track) => ({ ...site, track }));
  const tips = await Promise.all(sites.map(async (one) => await cleanTip(one)));
  const clean = tips.filter((tip) => typeof tip === "string");
  if (onto === undefined)
    return tips.map((tip) => (typeof tip === "string" ? {} : { verdict: tip }));
  const beyond = await findBeyond(site.git, clean, [onto]);
  return await Promise.all(
    sites.map(async (one, at): Promise<Verified> => {
      const tip = tips[at];
      if (typeof tip !== "string") return tip === undefined ? {} : { verdict: tip };
      const found = beyond.get(tip);
      const base = await baseOf(one, tip, onto);
      const own = await ownCommits(one.git, { base, tip, onto }, found);
      if (own.kind === "none") return { tip, verdict: nothing(one) };
      return { tip, upstream: own.upstream, weave: weaveOf(own, facts) };
    }),
  );
}

/**
 * Finds where a track's own work begins: at its last landed tip, as long as that landing still
 * stands.
 */
async function baseOf({ git, ground, track }: Site, tip: Sha, onto: Sha): Promise<Sha> {
  const landed = findStanding(ground.store, track);
  if (landed === undefined) return track.base;
  const stands = await isAncestor(git, landed.commit, onto);
  return stands && (await isAncestor(git, landed.tip, tip)) ? landed.tip : track.base;
}

function noTarget({ config }: Site): LandingVerdict {
  return refused("no-target", {
    detail: `there is no branch ${config.target} to land on`,
    hint: `git branch ${config.target} <commit>, or set \`target\` in pleach.toml`,
  });
}

async function cleanTip({ git, track }: Site): Promise<Sha | LandingVerdict> {
  if (!existsSync(track.worktree)) {
    return needsHuman("worktree-missing", {
      detail: `the worktree of ${track.name} is not at ${track.worktree}`,
      hint: `git worktree list shows where it is; pleach drop ${track.name} keeps its commits in a rescue ref`,
    });
  }
  const status = await readStatus(git.at(track.worktree), { untracked: "all" });
  if (status.branch !== track.branch || status.head === undefined) {
    const on = status.branch ?? "no branch";
    return needsHuman("wrong-branch", {
      detail: `the worktree of ${track.name} is on ${on}, not on ${track.branch}`,
      hint: `finish what is under way there, then: git -C '${track.worktree}' switch ${track.branch}`,
    });
  }
  if (status.entries.length === 0) return status.head;
  const paths = status.entries.map((entry) => entry.path);
  return needsHuman("not-done", {
    detail: `${track.name} has changes that are not committed: ${paths.slice(0, 3).join(", ")}`,
    hint: `git -C '${track.worktree}' status shows them; commit or discard them, then pleach land ${track.name}`,
    paths,
  });
}

function noGate({ track }: Site): LandingVerdict {
  return needsHuman("no-gate", {
    detail: "no gate is configured, so nothing would test what lands",
    hint: `set \`gate\` under [land] in pleach.toml, or land it untested: pleach land --no-gate ${track.name}`,
  });
}

function nothing({ track }: Site): LandingVerdict {
  const detail = `${track.name} has no commit beyond its base ${track.base.slice(0, 10)}`;
  const hint = `pleach drop ${track.name} when it is not needed any more`;
  return { outcome: "nothing", reason: "nothing", detail, hint, paths: [], human: "not-done" };
}

type Own =
  | { readonly kind: "none" }
  | {
      readonly kind: "some";
      /** A further commit whose history does not count as the track's own; given to the rebase. */
      readonly upstream: Sha;
      readonly onTarget: boolean;
      readonly merges: boolean;
    };

/**
 * Finds the track's commits beyond the target. When the target was rewritten since the track was
 * cut, its former commits are in the track's history too: then the recorded base tells them apart.
 */
async function ownCommits(
  git: Git,
  { base, tip, onto }: { readonly base: Sha; readonly tip: Sha; readonly onto: Sha },
  beyond: Beyond = none,
): Promise<Own> {
  if (beyond.commits.size === 0) {
    // The track's commits, if any, were merged by a person already; they count as landed with their
    // ticks.
    const made = tip === base ? none : await beyondOf(git, tip, [base]);
    if (made.commits.size === 0) return { kind: "none" };
    return { kind: "some", upstream: onto, onTarget: false, merges: false };
  }
  const { bases, merges } = beyond;
  const baseIsInTarget = base === onto || bases.has(base) || (await isAncestor(git, base, onto));
  if (baseIsInTarget || !(await isAncestor(git, base, tip))) {
    return { kind: "some", upstream: onto, onTarget: bases.has(onto), merges };
  }
  const own = await beyondOf(git, tip, [onto, base]);
  if (own.commits.size === 0) return { kind: "none" };
  return { kind: "some", upstream: base, onTarget: false, merges: own.merges };
}

const none: Beyond = { commits: new Set(), bases: new Set(), merges: false };

const beyondOf = async (git: Git, tip: Sha, others: readonly Sha[]): Promise<Beyond> =>
  (await findBeyond(git, [tip], others)).get(tip) ?? none;

/**
 * Chooses the weave: a track that follows the target's tip is not rewritten; a track with merges
 * cannot be rebased.
 */
function weaveOf(own: Own & { kind: "some" }, facts: LandingFacts): Weave {
  if (facts.merged === true) return "merged";
  if (facts.strategy === "merge") return "merge";
  if (facts.strategy === "squash" || own.merges) return "squash";
  return own.onTarget ? "as-it-is" : "rebase";
}
