import type { Config } from "../ground/config/config.ts";
import type { Ground } from "../ground/ground.ts";
import type { MergeQueue } from "../land/queue/merge-queue.ts";
import type { Planner } from "./planner.ts";
import type { RunBudget } from "./run-budget.ts";
import type { RunOptions, RunState } from "./run-state.ts";

/** The things every part of one run works with. */
export interface Run {
  readonly ground: Ground;
  readonly config: Config;
  readonly options: RunOptions;
  readonly state: RunState;
  readonly planner: Planner;
  readonly budget: RunBudget;
  readonly queue: MergeQueue;
}
