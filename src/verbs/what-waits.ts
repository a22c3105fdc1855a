import type { EpochMs } from "../ground/clock.ts";
import { loadConfig } from "../ground/config/load.ts";
import { PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import { lookForRun } from "../run/running.ts";
import type { AttentionNeed } from "../watch/attention.ts";
import { type AttentionFacts, needsOf } from "./attention.ts";
import { holdsOf } from "./holds.ts";

/** Gathers what waits for a person, and the accounts that wait for their time. */
export async function whatWaits(ground: Ground): Promise<{
  readonly needs: readonly AttentionNeed[];
  readonly holds: ReturnType<typeof holdsOf>;
  readonly now: EpochMs;
}> {
  const needs = needsOf(ground, await factsOf(ground));
  return { needs, holds: holdsOf(ground), now: ground.clock.now() };
}

async function factsOf(ground: Ground): Promise<AttentionFacts> {
  return {
    review: await reviewOf(ground),
    isRunning: (await lookForRun(ground.store)) !== undefined,
  };
}

/** Reads the review setting; an unreadable pleach.toml must not hide the tracks that wait. */
async function reviewOf(ground: Ground): Promise<AttentionFacts["review"]> {
  try {
    return (await loadConfig(ground)).land.review;
  } catch (error) {
    if (error instanceof PleachError) return "none";
    throw error;
  }
}
