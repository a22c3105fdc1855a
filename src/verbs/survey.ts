import { existsSync } from "node:fs";
import type { Usage } from "../agents/event.ts";
import type { EpochMs } from "../ground/clock.ts";
import type { Ground } from "../ground/ground.ts";
import type { BranchName, TrackName } from "../ground/ids.ts";
import { liveness } from "../ground/proc/identity.ts";
import type { Hold } from "../grow/limits/hold.ts";
import { type TouchedPaths, touchedSince } from "../grow/worktree/touched.ts";
import type { HostWish } from "../hosts/host.ts";
import type { LateCommits } from "../land/landing/landing.ts";
import { findLate } from "../land/landing/late.ts";
import { lastConflicts, type TrackConflicts } from "../radar/radar-store.ts";
import { behindNow } from "../track/behind-store.ts";
import { isLive, type Track, type TrackState } from "../track/track.ts";
import { allTracks } from "../track/track-store.ts";
import { hintFor } from "../watch/choices.ts";
import { listHolds } from "../watch/holds.ts";
import { listEvidence } from "../watch/why.ts";
import type { Signal } from "../worker/signal.ts";
import { stateOf } from "../worker/state.ts";
import { isOver, suspicionOf, type Worker } from "../worker/worker.ts";
import { latestWorker, usageOf } from "../worker/worker-store.ts";
import { heard, restated } from "../worker/worker-transition.ts";

/** A track as it stands now: the record, held against git and the processes. */
export interface SurveyedTrack {
  readonly track: Track;
  readonly worker: Worker | undefined;
  /** A weaker source that has told otherwise of it for a while. */
  readonly doubt: Signal | undefined;
  /** Undefined for a track that is over and has no worktree any more. */
  readonly touched: TouchedPaths | undefined;
  /** With whom it conflicted when the radar last looked; undefined when it never has. */
  readonly conflicts: TrackConflicts | undefined;
  /** The track that has to land first, as the run that goes on has decided. */
  readonly behind: TrackName | undefined;
  /** Commits that came after it had landed. */
  readonly late: LateCommits | undefined;
  /** The usage of its workers; null while none told. */
  readonly usage: Usage | null;
}

/** Looks at every track, all at once. A probe that fails is shown as unknown, never as idle. */
export async function surveyTracks(ground: Ground): Promise<readonly SurveyedTrack[]> {
  const tracks = allTracks(ground.store);
  return await Promise.all(tracks.map((track) => surveyTrack(ground, track)));
}

export async function surveyTrack(ground: Ground, track: Track): Promise<SurveyedTrack> {
  const recorded = latestWorker(ground.store, track.name);
  const now = ground.clock.now();
  const worker = recorded === undefined ? undefined : await checkedWorker(recorded, now);
  const standing = hasWorktree(track.at) && existsSync(track.worktree);
  const touched = standing ? await touchedSince(ground.git, track) : undefined;
  const live = new Set<string>(
    allTracks(ground.store)
      .filter(isLive)
      .map(({ name }) => name),
  );
  const conflicts = lastConflicts(ground.store)
    .get(track.name)
    ?.filter((one) => live.has(one.track));
  const usage = usageOf(ground.store, track.name, track.createdAt);
  return {
    track,
    worker: worker === undefined ? undefined : heldWorker(track, worker),
    doubt: worker === undefined ? undefined : stateOf(worker.signals, now).doubt,
    touched,
    conflicts: live.has(track.name) ? conflicts : undefined,
    behind: (await behindNow(ground.store)).get(track.name),
    late: existsSync(track.worktree) ? await findLate(ground, track) : undefined,
    usage,
  };
}

/** Shows a worker that ended because its account is held as blocked: its session goes on later. */
function heldWorker({ at, since }: Track, worker: Worker): Worker {
  if (at.state !== "held" || "behind" in at || !isOver(worker)) return worker;
  const blocked = { state: "blocked", reason: "limit", detail: at.detail } as const;
  return { ...worker, at: blocked, source: "supervisor", since };
}

/** Not while it is being made either: half checked out, it lacks files that nobody has touched. */
function hasWorktree({ state }: TrackState): boolean {
  const none: readonly TrackState["state"][] = [
    "planned",
    "provisioning",
    "landed",
    "dropped",
    "failed",
  ];
  return !none.includes(state);
}

/** A worker recorded as running whose supervisor is gone is shown as lost, before anyone records it. */
async function checkedWorker(worker: Worker, now: EpochMs): Promise<Worker> {
  if (isOver(worker) || worker.supervisor === null) return worker;
  const life = await liveness(worker.supervisor);
  switch (life) {
    case "alive":
      return restated(worker, now);
    case "gone":
      return heard(worker, { source: "process", says: "lost" }, now);
    case "unknown":
      return heard(
        worker,
        { source: "process", says: "unknown", why: "the process table gave no answer" },
        now,
      );
  }
}

/** The `ls` document of schema 1 (docs/schema/ls.json). */
export function formatLs(
  target: BranchName,
  tracks: readonly SurveyedTrack[],
  holds: readonly Hold[],
  /** When it is asked why: now. */
  why?: EpochMs,
): object {
  const rows = tracks.map((track) => formatTrack(track, why));
  return { schema: 1, target, tracks: rows, holds: listHolds(holds) };
}

function formatTrack(surveyed: SurveyedTrack, why: EpochMs | undefined): object {
  const { track, worker, touched, conflicts, usage } = surveyed;
  const reason = reasonOf(surveyed);
  const hint = hintFor(track);
  return {
    name: track.name,
    branch: track.branch,
    worktree: track.worktree,
    base: track.base,
    state: track.at.state,
    ...(reason === undefined ? {} : { reason }),
    ...(surveyed.behind === undefined ? {} : { behind: surveyed.behind }),
    ...(hint === undefined ? {} : { hint }),
    since: track.since,
    tasks: track.tasks.map((task) => task.id),
    agent: track.agent,
    mode: worker?.mode ?? track.mode,
    host: hostOf(surveyed),
    permissions: track.permissions,
    ...(touched === undefined
      ? {}
      : touched.kind === "known"
        ? { commits: touched.commits, changedPaths: touched.paths }
        : { commits: null, changedPaths: null }),
    ...(conflicts === undefined ? {} : { conflictsWith: conflicts }),
    worker: worker === undefined ? null : formatWorker(worker, surveyed.doubt, why),
    usage: usage ?? { inputTokens: null, outputTokens: null, costUsd: null },
  };
}

/** Where its worker runs, or its next one is to run. */
export function hostOf({ track, worker }: Pick<SurveyedTrack, "track" | "worker">): HostWish {
  return worker?.host ?? track.host;
}

function formatWorker(worker: Worker, doubt: Signal | undefined, why: EpochMs | undefined): object {
  const { at } = worker;
  const suspicion = suspicionOf(worker);
  const reason = "reason" in at ? at.reason : "why" in at ? at.why : endOf(at);
  return {
    id: worker.id,
    state: at.state,
    ...(reason === undefined ? {} : { reason }),
    source: worker.source,
    since: worker.since,
    sessionId: worker.sessionId,
    pid: worker.agentProcess?.pid ?? null,
    ...(doubt === undefined
      ? {}
      : { doubt: { source: doubt.source, says: doubt.says, since: doubt.since } }),
    ...(suspicion === undefined ? {} : { suspicion }),
    ...(worker.misheard === undefined ? {} : { misheard: worker.misheard }),
    ...(why === undefined ? {} : { evidence: listEvidence(worker, why) }),
  };
}

function endOf(at: Worker["at"]): string | undefined {
  if (at.state === "exited") return `exit code ${at.code}`;
  return at.state === "killed" ? at.signal : undefined;
}

/** Why a track is where it is, in a word or a sentence; undefined when the state says it all. */
export function reasonOf({
  track: { at },
  behind,
  late,
}: Pick<SurveyedTrack, "track" | "behind" | "late">): string | undefined {
  switch (at.state) {
    case "landed":
      return late === undefined ? undefined : "late commits";
    case "ready":
      return behind === undefined ? undefined : `behind ${behind}`;
    case "handed-back":
      return at.kind;
    case "held":
      return "behind" in at ? `behind ${at.behind}` : "limit";
    case "failed":
    case "needs-human":
      return at.reason;
    default:
      return undefined;
  }
}
