import { PleachError } from "../../ground/errors.ts";
import type { Change, TreeEntry } from "../../ground/git/changes.ts";
import { setIndexEntry } from "../../ground/git/changes.ts";
import { headOf, moveCheckout } from "../../ground/git/checkout.ts";
import { branchRef, findCommit, isAncestor, swapRef } from "../../ground/git/refs.ts";
import { asRepoPath } from "../../ground/ids.ts";
import type { Checkout, LandingFacts, LandingVerdict } from "../landing/landing.ts";
import { changesOf, needsHuman, refused, type Site, targetMoved } from "../landing/site.ts";
import { moveOf } from "./find-checkouts.ts";

/**
 * Stages the landing's version of the task file wherever that file is dirty, so that it is not in
 * the way.
 */
export async function stageTasks(site: Site, facts: LandingFacts): Promise<Partial<LandingFacts>> {
  const after = (await findTasksChange(site, facts))?.after;
  for (const { folder, tasks } of facts.checkouts ?? []) {
    if (tasks === undefined) continue;
    await setIndexEntry(site.git.at(folder), asRepoPath(site.config.tasks), after);
  }
  return {};
}

/** Finds the change that the landing makes to the task file. */
export async function findTasksChange(
  site: Site,
  facts: LandingFacts,
): Promise<Change | undefined> {
  const { onto, commit } = moveOf(facts);
  const changes = await changesOf(site, onto, commit);
  return changes.find((change) => change.path === site.config.tasks);
}

/**
 * Brings index and worktree of every checkout of the target to the new commit; HEAD follows by the
 * ref.
 */
export async function advanceCheckouts(
  site: Site,
  facts: LandingFacts,
): Promise<Partial<LandingFacts>> {
  const { onto, commit } = moveOf(facts);
  for (const { folder } of facts.checkouts ?? []) {
    const here = site.git.at(folder);
    const why = await moveWhenFree(site, async () => await moveCheckout(here, onto, commit));
    if (why === undefined) continue;
    const busy = isLocked(why);
    const verdict = needsHuman(busy ? "target-busy" : "dirty-target", {
      detail: `git would not update ${folder}: ${why}`,
      hint: `git -C '${folder}' status shows what is in the way; then pleach land ${site.track.name}`,
    });
    return { verdict };
  }
  return {};
}

const isLocked = (why: string): boolean => why.includes("index.lock");
const lockTries = 50;
const lockPauseMs = 100;

/** Retries while the index is locked: an editor that runs `git status` holds it for a moment. */
async function moveWhenFree(
  { ground }: Site,
  move: () => ReturnType<typeof moveCheckout>,
): Promise<string | undefined> {
  for (let tries = 1; ; tries += 1) {
    const result = await move();
    if (result.kind === "moved") return undefined;
    if (!isLocked(result.why) || tries === lockTries) return result.why;
    await ground.clock.sleep(lockPauseMs);
  }
}

/** Checks that no checkout was switched away from the target while it was brought forward. */
export async function verifyHeads(site: Site, facts: LandingFacts): Promise<Partial<LandingFacts>> {
  for (const { folder } of facts.checkouts ?? []) {
    const head = await headOf(site.git.at(folder));
    if (head === branchRef(facts.target)) continue;
    return { verdict: targetMoved(`${folder} was switched away from ${facts.target} meanwhile`) };
  }
  return {};
}

/** Lands: a compare-and-swap of the target, the one moment that decides. */
export async function swapTarget(site: Site, facts: LandingFacts): Promise<Partial<LandingFacts>> {
  const { onto, commit } = moveOf(facts);
  const ref = branchRef(facts.target);
  const reason = `pleach: land ${facts.track}`;
  try {
    const swap = await swapRef(site.git, ref, { from: onto, to: commit, reason });
    if (swap === "swapped" || (await hasLanded(site, facts))) return { swapped: true };
    return { verdict: targetMoved(`${facts.target} was moved by somebody else meanwhile`) };
  } catch (error) {
    if (!(error instanceof PleachError)) throw error;
    if (await hasLanded(site, facts)) return { swapped: true };
    const { message: detail, hint } = error;
    return { verdict: refused("git", { detail, hint }) };
  }
}

/** Whether the target contains the commit that lands, by whatever way. */
export async function hasLanded({ git }: Site, facts: LandingFacts): Promise<boolean> {
  if (facts.commit === undefined) return false;
  const now = await findCommit(git, branchRef(facts.target));
  if (now === undefined || facts.commit === facts.onto) return false;
  return now === facts.commit || (await isAncestor(git, facts.commit, now));
}

/**
 * Gives every checkout back its former content: index and worktree as its HEAD names now, which is
 * the old tip unless its owner has committed meanwhile.
 * @returns why a checkout could not be given back; nothing in it was overwritten
 */
export async function rollBack(
  site: Site,
  facts: LandingFacts,
): Promise<LandingVerdict | undefined> {
  const { onto, commit } = moveOf(facts);
  for (const checkout of facts.checkouts ?? []) {
    const here = site.git.at(checkout.folder);
    const head = (await findCommit(here, "HEAD")) ?? onto;
    const path = asRepoPath(site.config.tasks);
    const [change] = (await changesOf(site, commit, head)).filter((one) => one.path === path);
    if (checkout.tasks !== undefined && change !== undefined) {
      await setIndexEntry(here, path, change.after);
    }
    const why = await moveWhenFree(site, async () => await moveCheckout(here, commit, head));
    if (why !== undefined) return torn(site, checkout, { head, why });
    if (checkout.tasks !== undefined) await setIndexEntry(here, path, entryBefore(checkout));
  }
  return undefined;
}

const entryBefore = ({ tasks }: Checkout): TreeEntry | undefined => tasks?.entry;

/** Builds the verdict on a checkout between old and new that a person has changed since. */
export function torn(
  { track, config }: Site,
  { folder }: Checkout,
  { head, why }: { readonly head: string; readonly why: string },
): LandingVerdict {
  return needsHuman("landing-torn", {
    detail: `a landing of ${track.name} was broken off in ${folder}, and files there were edited since: ${why}`,
    hint: `${config.target} is at ${head.slice(0, 10)} and keeps it; see git -C '${folder}' diff HEAD, save your edits, then pleach land ${track.name}`,
  });
}
