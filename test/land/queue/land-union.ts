import type { Config } from "../../../src/ground/config/config.ts";
import type { Ground } from "../../../src/ground/ground.ts";
import type { TrackName } from "../../../src/ground/ids.ts";
import {
  type Attempt,
  end,
  type PreparedLanding,
  runFrom,
} from "../../../src/land/attempt/attempt.ts";
import type { LandReport } from "../../../src/land/landing/landing.ts";
import { QueueJob, Slots } from "../../../src/land/queue/gate-job.ts";
import { GatePace } from "../../../src/land/queue/pace.ts";
import { Packing } from "../../../src/land/queue/pack.ts";

/** Puts a union together and tests it, without gating its tracks by themselves. */
export async function prepareUnion(
  ground: Ground,
  config: Config,
  names: readonly TrackName[],
): Promise<{ readonly attempt: Attempt; readonly prepared: PreparedLanding | undefined }> {
  const parts = {
    ...{ ground, config, options: {}, slots: new Slots(1) },
    ...{ onProgress: () => undefined, pace: new GatePace(), packing: new Packing(ground) },
  };
  const [lead, ...others] = names;
  if (lead === undefined) throw new Error("nobody to land");
  const at = { id: 1, kind: "union", onto: undefined, below: undefined } as const;
  const job = new QueueJob(parts, { ...at, tracks: [lead, ...others] });
  await job.run();
  const { attempt, prepared } = job;
  if (attempt === undefined) throw new Error("it did not begin");
  return { attempt, prepared };
}

/** Prepares a union and lands it. */
export async function landUnion(
  ground: Ground,
  config: Config,
  names: readonly TrackName[],
): Promise<readonly LandReport[]> {
  const { attempt, prepared } = await prepareUnion(ground, config, names);
  const { verdict, next } = prepared ?? {};
  return verdict === undefined ? await runFrom(attempt, next) : end(attempt, verdict);
}
