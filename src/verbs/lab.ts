import { type LabResult, replayLandings } from "../lab/replay-queue.ts";
import type { Project } from "./project.ts";

export interface LabRequest {
  /** The number of gates at once; undefined: as configured. */
  readonly parallel: number | undefined;
  /** The number of tracks in a batch; undefined: 8. */
  readonly batch: number | undefined;
}

/** Plays the recorded landings again under other ways to queue. Runs nothing, changes nothing. */
export function replayRecorded(
  { ground, config }: Project,
  { parallel = config.land.parallel, batch = 8 }: LabRequest,
): LabResult {
  const events = ground.store.events(0, Number.MAX_SAFE_INTEGER);
  return replayLandings(events, { parallel, batch });
}
