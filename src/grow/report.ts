import { committerOf } from "../agents/known.ts";
import type { Config } from "../ground/config/config.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { trackFiles } from "../track/track-files.ts";
import { recordTrack, requireTrack } from "../track/track-store.ts";
import { isOver, type Report } from "../worker/worker.ts";
import { latestWorker, recordWorker } from "../worker/worker-store.ts";
import { type FinalDecision, judge, recordDecision } from "./done/settle.ts";
import { sendReport } from "./signals/signal-file.ts";

type Checked = Extract<FinalDecision, { kind: "ready" | "needs-human" }>;

export type Reported =
  /** The supervisor has been told, and checks the report when the agent has ended. */
  | { readonly kind: "noted" }
  /** No worker runs any more: the report was checked at once. */
  | { readonly kind: "settled"; readonly decision: Checked };

/** Takes the report of `pleach done` or `pleach blocked` about a track, which is then checked. */
export async function report(
  ground: Ground,
  config: Config,
  said: { readonly track: TrackName } & Report,
): Promise<Reported> {
  const { kind, text } = said;
  const track = requireTrack(ground.store, said.track);
  const worker = latestWorker(ground.store, track.name);
  if (worker !== undefined && !isOver(worker)) {
    const at = { track: track.name, worker: worker.id };
    recordWorker(ground, at, { type: "worker.reported", kind, text });
    const { signals } = trackFiles(ground.repo.stateDir, track.name);
    sendReport(signals, { kind, text });
    return { kind: "noted" };
  }
  const decision = await judge(ground, {
    track,
    worker: { report: { kind, text }, refusedTip: worker?.refusedTip ?? null },
    failure: undefined,
    reminded: true,
    commit: committerOf(config, track),
    commitLimits: { hooksMs: config.hooks.timeoutMs },
  });
  if (decision.kind !== "ready" && decision.kind !== "needs-human") {
    throw new Error("nobody is left to be reminded");
  }
  if (decision.kind === "ready") {
    recordTrack(ground, track.name, { type: "track.ready", tip: decision.tip });
  } else if (track.at.state === "growing" && worker !== undefined) {
    recordDecision(ground, worker, decision);
  }
  return { kind: "settled", decision };
}
