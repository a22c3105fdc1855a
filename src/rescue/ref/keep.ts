import { join } from "node:path";
import { ExitCode, PleachError } from "../../ground/errors.ts";
import { branchRef, findCommit, swapRef } from "../../ground/git/refs.ts";
import { findRegistration } from "../../ground/git/registration.ts";
import type { Sha } from "../../ground/ids.ts";
import { captureCommit, commitsAtStake, measureNotHeld } from "./capture.ts";
import { lookAtBranch, lookAtWorktree, type Place, type WorktreeLook } from "./look.ts";
import { isMerged } from "./merged.ts";
import { type RescueRecord, rescueRef } from "./record.ts";
import type { DropFacts, Removal } from "./removal.ts";

/** Looks at the worktree, and writes its rescue ref when there is something to keep. */
export async function keepRescue(removal: Removal, facts: DropFacts): Promise<Partial<DropFacts>> {
  const { ground, track, program, purpose, onProgress } = removal;
  const { repo, clock } = ground;
  const git = ground.git.at(repo.mainTop);
  const tip = (await findCommit(git, branchRef(track.branch))) ?? null;
  // The program got to its end before: the branch is in the ref by now, and nowhere else.
  if (facts.record !== null && facts.aside === null && tip === null) return {};
  const registration = findRegistration(repo.commonDir, track.worktree);
  const worktree = facts.folder === null ? undefined : track.worktree;
  const place: Place | undefined = registration && {
    repo,
    git,
    admin: registration.admin,
    worktree,
  };
  const look =
    place === undefined ? await lookAtBranch(git, track.branch, tip) : await lookAtWorktree(place);
  const stake = await commitsAtStake(git, { branch: track.branch, tip }, look);
  onProgress(`looking at what ${track.name} holds`);
  const record: RescueRecord = {
    schema: 1,
    track: track.name,
    time: facts.time,
    branch: track.branch,
    tip,
    head: look.head,
    headRef: look.headRef,
    inProgress: look.inProgress,
    notHeld: worktree === undefined ? [] : await measureNotHeld(worktree, look),
    seed: track,
  };
  const scratch = join(repo.stateDir, "scratch", program.id);
  const isSpared = purpose.kind === "retire" && (await isLanded(removal, look, tip, scratch));
  const hasCommits = stake.ofTrack || stake.others.length > 0;
  if (!isDirty(look, worktree) && (isSpared || !hasCommits))
    return { record: JSON.stringify(record), rescue: null };

  const ref = rescueRef(track.name, facts.time);
  onProgress(`writing ${ref}`);
  const capturedAt = place ?? { repo, git, admin: repo.commonDir, worktree: undefined };
  const commit = await captureCommit({
    ...{ place: capturedAt, look, stake, record, ref, scratch },
    now: clock.now(),
  });
  const change = { to: commit, reason: `pleach: ${purpose.kind} ${track.name}` };
  const isNew = (await swapRef(git, ref, { ...change, from: undefined })) === "swapped";
  // A process that was killed wrote the ref before; the worktree may hold more by now.
  const from = isNew ? undefined : await findCommit(git, ref);
  if (!isNew && (await swapRef(git, ref, { ...change, from })) === "moved") {
    throw new PleachError({
      code: "drop/rescue",
      message: `${ref} was changed by somebody else`,
      hint: "run the same command again",
      exitCode: ExitCode.failed,
    });
  }
  return { record: JSON.stringify(record), rescue: { ref, commit } };
}

/**
 * Whether there is uncommitted work. A missing folder may have held any: then git's index is kept.
 */
function isDirty(look: WorktreeLook, worktree: string | undefined): boolean {
  if (look.inProgress !== null || look.dirty.length > 0) return true;
  return worktree === undefined && look.head !== null && look.entries.length > 0;
}

async function isLanded(
  { ground, track }: Removal,
  look: WorktreeLook,
  tip: Sha | null,
  scratch: string,
): Promise<boolean> {
  for (const commit of new Set([look.head, tip])) {
    if (commit !== null && !(await isMerged(ground, track, commit, join(scratch, "merge")))) {
      return false;
    }
  }
  return true;
}
