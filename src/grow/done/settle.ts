import { assertNever, messageOf } from "../../ground/errors.ts";
import type { Ground } from "../../ground/ground.ts";
import type { Track, TrackEvent, TrackHeld } from "../../track/track.ts";
import { findTrack, recordTrack } from "../../track/track-store.ts";
import type { Renewals, Worker } from "../../worker/worker.ts";
import { latestWorker } from "../../worker/worker-store.ts";
import { type DoneDecision, decideDone, type WorktreeFacts } from "./done.ts";
import { type CommitLimits, commitLeftovers, type NotCommitted } from "./leftovers.ts";
import type { TurnObstacle } from "./outcome.ts";
import { findStashed } from "./stashes.ts";
import { gatherEvidence } from "./worktree-facts.ts";

/** A decision after which no agent is started again. */
export type FinalDecision =
  | Extract<DoneDecision, { kind: "ready" | "needs-human" }>
  | ({ readonly kind: "hold" } & TrackHeld);

export interface SettledVerdict {
  readonly track: Track;
  readonly worker: Pick<Worker, "report" | "refusedTip">;
  /** The failure in words when the agent did not end well ("exit code 3"). */
  readonly failure: string | undefined;
  readonly obstacle?: TurnObstacle | undefined;
  readonly reminded: boolean;
  readonly renewals?: Renewals;
  /** The committer; `pleach`: the agent's uncommitted changes are committed first. */
  readonly commit: "agent" | "pleach";
  readonly commitLimits: CommitLimits;
}

/** Looks at the worktree of an agent that has ended, and decides whether its work is done. */
export async function judge(
  ground: Pick<Ground, "git" | "repo" | "store">,
  verdict: SettledVerdict,
): Promise<DoneDecision> {
  const { track, worker, failure, reminded } = verdict;
  try {
    const evidence: Omit<WorktreeFacts, "tree"> = {
      expected: track,
      failure,
      obstacle: verdict.obstacle,
      report: worker.report,
      refusedTip: worker.refusedTip,
      reminded,
      renewals: verdict.renewals ?? { count: 0, mark: null },
    };
    const tree = await gatherEvidence(ground.git, track);
    // Half of the work is no commit: work cut short by a limit or a full context stays as it lies.
    const broken = verdict.obstacle !== undefined && worker.report?.kind !== "done";
    const committable =
      verdict.commit === "pleach" &&
      !broken &&
      tree.kind === "present" &&
      tree.branch === track.branch &&
      tree.unfinished === null &&
      tree.lock === null &&
      tree.dirty.length > 0;
    if (!committable) {
      const stashed = await findStashed(ground, track);
      return decideDone({ ...evidence, stashed, tree });
    }
    const problem = await commitLeftovers(ground.git, track, verdict.commitLimits);
    if (problem !== undefined && problem.kind !== "refused") return notCommitted(problem);
    const refusal = problem?.said;
    const stashed = await findStashed(ground, track);
    const now = await gatherEvidence(ground.git, track);
    return decideDone({ ...evidence, refusal, stashed, tree: now });
  } catch (error) {
    const detail = `git could not say what its worktree holds: ${messageOf(error)}`;
    return { kind: "needs-human", reason: "not-done", detail };
  }
}

function notCommitted(problem: Exclude<NotCommitted, { kind: "refused" }>): DoneDecision {
  const why = ((): string => {
    switch (problem.kind) {
      case "slow":
        return `the commit, with its hooks, took longer than ${problem.limitMs / 1_000} s (hooks.timeout in pleach.toml)`;
      case "cancelled":
        return "it was broken off";
      case "failed":
        return problem.why;
      default:
        return assertNever(problem);
    }
  })();
  const detail = `its work could not be committed: ${why}`;
  return { kind: "needs-human", reason: "not-done", detail };
}

/**
 * Moves the track on by a decision, if the track still waits for one: a person may have stopped or
 * dropped it meanwhile, or another worker may have been started. Call it in the transaction that
 * records the worker's end.
 */
export function recordDecision(
  ground: Pick<Ground, "store" | "clock">,
  worker: Pick<Worker, "id" | "track">,
  decision: FinalDecision,
): void {
  const track = findTrack(ground.store, worker.track);
  if (track?.at.state !== "growing") return;
  if (latestWorker(ground.store, worker.track)?.id !== worker.id) return;
  recordTrack(ground, worker.track, eventOf(decision));
}

function eventOf(decision: FinalDecision): TrackEvent {
  switch (decision.kind) {
    case "ready":
      return { type: "track.ready", tip: decision.tip };
    case "hold":
      return "behind" in decision
        ? { type: "track.held", behind: decision.behind, detail: decision.detail }
        : { type: "track.held", account: decision.account, detail: decision.detail };
    case "needs-human":
      return { type: "track.blocked", reason: decision.reason, detail: decision.detail };
    default:
      return assertNever(decision);
  }
}
