import { existsSync } from "node:fs";
import { PleachError } from "../../ground/errors.ts";
import { findBeyond } from "../../ground/git/beyond.ts";
import { branchRef, findCommit } from "../../ground/git/refs.ts";
import type { Ground } from "../../ground/ground.ts";
import type { Sha } from "../../ground/ids.ts";
import type { Track } from "../../track/track.ts";
import { allTracks, findTrack, recordTrack } from "../../track/track-store.ts";
import { type LandingFacts, type LateCommits, membersOf } from "./landing.ts";
import { countLandings, findStanding } from "./landing-store.ts";
import type { Site } from "./site.ts";

/*
 * A track that gets commits while it lands, or after it has landed, is not finished: those commits
 * were neither tested nor landed. The track becomes ready again, and its report says so.
 */

type LateGround = Pick<Ground, "git" | "store" | "clock">;

/** Looks once more where the branches of a landing are, before its tracks count as landed. */
export async function lookForLate(
  { ground, track, others }: Site,
  facts: LandingFacts,
): Promise<Partial<LandingFacts>> {
  const late: LateCommits[] = [];
  for (const { track: name, tip } of membersOf(facts)) {
    const member = [track, ...others].find((one) => one.name === name);
    if (member === undefined || tip === undefined) continue;
    const has = facts.commit === undefined ? [tip] : [tip, facts.commit];
    late.push(...(await seenBeyond(ground, member, has)));
  }
  return late.length === 0 ? {} : { late };
}

/** Finds the commits of a landed track that its landing did not have. */
export async function findLate(ground: LateGround, track: Track): Promise<LateCommits | undefined> {
  const standing = findStanding(ground.store, track);
  if (track.at.state !== "landed" || standing === undefined) return undefined;
  const [late] = await seenBeyond(ground, track, [standing.tip, standing.commit]);
  return late;
}

/**
 * Finds commits of a branch beyond those given; none when git cannot tell: a track that is put away
 * is compared with the target by its content.
 */
async function seenBeyond(
  { git }: LateGround,
  { name, branch, target }: Track,
  has: readonly Sha[],
): Promise<readonly LateCommits[]> {
  try {
    const tip = await findCommit(git, branchRef(branch));
    if (tip === undefined || has.includes(tip)) return [];
    const onto = await findCommit(git, branchRef(target));
    const beyond = await findBeyond(git, [tip], onto === undefined ? has : [...has, onto]);
    const commits = beyond.get(tip)?.commits.size ?? 0;
    return commits === 0 ? [] : [{ track: name, tip, commits }];
  } catch (error) {
    if (error instanceof PleachError) return [];
    throw error;
  }
}

/**
 * Makes tracks ready again whose branch went on after they had landed, as long as their worktree
 * stands.
 */
export async function reopenLate(
  ground: LateGround,
  { tries }: { readonly tries: number },
): Promise<void> {
  for (const track of allTracks(ground.store)) {
    if (track.at.state !== "landed" || !existsSync(track.worktree)) continue;
    const late = await findLate(ground, track);
    if (late !== undefined) ground.store.transaction(() => recordLate(ground, late, tries));
  }
}

/**
 * Records that a track which has just landed is ready once more; a person decides about a track
 * that never comes to an end. Call it in a transaction.
 */
export function recordLate(
  ground: Pick<Ground, "store" | "clock">,
  { track: name, tip, commits }: LateCommits,
  tries: number,
): void {
  const track = findTrack(ground.store, name);
  // Another process was first.
  if (track?.at.state !== "landed") return;
  recordTrack(ground, name, { type: "track.late", tip, commits });
  if (countLandings(ground.store, track) <= tries) return;
  const detail = `commits came onto ${track.branch} each time it landed`;
  recordTrack(ground, name, { type: "track.blocked", reason: "not-done", detail });
}
