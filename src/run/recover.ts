import type { Config } from "../ground/config/config.ts";
import type { Ground } from "../ground/ground.ts";
import { reconcileWorkers } from "../grow/reconcile.ts";
import { recoverStarts } from "../grow/start.ts";
import { recoverLandings } from "../land/attempt/recover.ts";
import { findLate, reopenLate } from "../land/landing/late.ts";
import { recoverPicks } from "../race/pick.ts";
import { recoverTries } from "../race/try.ts";
import { recoverRescues } from "../rescue/recover.ts";

/**
 * Finishes all that a killed process left half done: landings, picks, drops, restores, half-made
 * worktrees, workers whose supervisor is gone. Cheap when there is nothing.
 */
export async function recoverAll(ground: Ground, config: Config): Promise<void> {
  await recoverStarts(ground, config);
  await recoverLandings(ground, config);
  await recoverTries(ground);
  await recoverRescues(ground, config, findLate);
  await recoverPicks(ground, config);
  await reconcileWorkers(ground, config);
  await reopenLate(ground, config.land);
}
