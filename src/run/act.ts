import type { Config } from "../ground/config/config.ts";
import { assertNever } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { restartTrack } from "../grow/restart.ts";
import { startTrack } from "../grow/start.ts";
import { findLate } from "../land/landing/late.ts";
import type { LandProgress } from "../land/landing/site.ts";
import { MergeQueue } from "../land/queue/merge-queue.ts";
import { retire } from "../rescue/retire.ts";
import { recordTrack } from "../track/track-store.ts";
import { stepWords } from "../watch/landing.ts";
import type { Action } from "./decide.ts";
import type { Run } from "./orchestrator.ts";
import type { RunOptions } from "./run-state.ts";

/** Does the action decided for a track; each records its own events and survives a kill. */
export async function actOn(run: Run, action: Action): Promise<void> {
  const { ground, config, state } = run;
  switch (action.kind) {
    case "start":
      return await start(run, action.track);
    case "restart":
      await restartTrack(ground, config, action.track);
      if (action.why === "lost") {
        state.revivals.set(action.track, (state.revivals.get(action.track) ?? 0) + 1);
      }
      return;
    case "land":
      return await land(run, action.track);
    case "retire":
      return void (await retire(ground, config, action.track, { findLate }));
    case "give-up":
      return void recordTrack(ground, action.track, {
        type: "track.blocked",
        reason: action.reason,
        detail: "its worker was lost again and again; its work so far is in the worktree",
      });
    default:
      return assertNever(action);
  }
}

async function start({ ground, config, planner, state }: Run, name: TrackName): Promise<void> {
  const started = await startTrack(ground, config, planner.seedOf(name));
  // A failed start is not tried again under another name, again and again.
  if (started.kind === "failed") state.stuck.set(name, started.reason);
}

async function land({ queue, options, state }: Run, name: TrackName): Promise<void> {
  const report = await queue.land(name).finally(() => options.onLanding(name, undefined));
  if (report.outcome === "landed") state.landed.add(name);
}

/** Makes the queue that lands the tracks of a run, as long as the run goes on. */
export function queueOf(ground: Ground, config: Config, options: RunOptions): MergeQueue {
  const { noGate, signal, onLanding } = options;
  return new MergeQueue(ground, config, {
    ...{ noGate, signal, acceptGate: false },
    onProgress: (tracks, progress) => {
      for (const track of tracks) onLanding(track, noteOf(tracks, track, progress));
    },
  });
}

/** Builds a landing's note for the live block: its last line, and the tracks that land with it. */
function noteOf(tracks: readonly TrackName[], track: TrackName, progress: LandProgress): string {
  const others = tracks.filter((other) => other !== track);
  const last =
    progress.kind === "step"
      ? stepWords[progress.step]
      : progress.text.trimEnd().split("\n").at(-1);
  return others.length === 0 ? (last ?? "") : `with ${others.join(", ")}: ${last ?? ""}`;
}

/** Describes an action, for the sentence that says that it failed. */
export function describeAction(action: Action): string {
  switch (action.kind) {
    case "start":
      return "starting it failed";
    case "restart":
      return "starting a worker again failed";
    case "land":
      return "landing it failed";
    case "retire":
      return "taking its worktree away failed";
    case "give-up":
      return "giving it up failed";
    default:
      return assertNever(action);
  }
}
