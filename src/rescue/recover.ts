import type { Config } from "../ground/config/config.ts";
import { messageOf } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import { adoptProgram, openPrograms } from "../ground/program.ts";
import { requireTrack } from "../track/track-store.ts";
import { type CleanFacts, type CleanStep, runClean } from "./clean.ts";
import type { DropFacts, DropStep, FindLate, Purpose } from "./ref/removal.ts";
import { type RestoreFacts, type RestoreStep, runRestore } from "./restore.ts";
import { runRemoval } from "./retire.ts";

/** A drop, retirement, restore or cleaning that a killed process had left open. */
export interface Recovered {
  readonly kind: "drop" | "retire" | "restore" | "clean";
  readonly subject: string;
  /**
   * The reason why the program was not finished: an obstacle or an error. Null when it was
   * finished.
   */
  readonly problem: string | null;
}

/**
 * Finishes programs that were left open by processes proven gone. Called at each start; programs of
 * live processes are left to them.
 */
export async function recoverRescues(
  ground: Ground,
  config: Config,
  findLate: FindLate,
): Promise<readonly Recovered[]> {
  const recovered: Recovered[] = [];
  for (const purpose of [{ kind: "drop" }, { kind: "retire", findLate }] as const) {
    recovered.push(...(await recoverRemovals(ground, config, purpose)));
  }
  for (const open of openPrograms<RestoreStep, RestoreFacts>(ground.store, "restore")) {
    const program = await adoptProgram(ground, open);
    if (program === undefined) continue;
    const finish = async () => await runRestore(ground, program);
    recovered.push(await attempt("restore", open.subject, finish));
  }
  for (const open of openPrograms<CleanStep, CleanFacts>(ground.store, "clean")) {
    const program = await adoptProgram(ground, open);
    if (program === undefined) continue;
    const onProgress = () => undefined;
    const finish = async () => await runClean({ ground, config, program, findLate, onProgress });
    recovered.push(await attempt("clean", open.subject, finish));
  }
  return recovered;
}

async function recoverRemovals(
  ground: Ground,
  config: Config,
  purpose: Purpose,
): Promise<readonly Recovered[]> {
  const recovered: Recovered[] = [];
  for (const open of openPrograms<DropStep, DropFacts>(ground.store, purpose.kind)) {
    const program = await adoptProgram(ground, open);
    if (program === undefined) continue;
    const finish = async () => {
      const track = requireTrack(ground.store, open.facts.track);
      const onProgress = () => undefined;
      await runRemoval({ ground, config, track, purpose, onProgress, program });
    };
    recovered.push(await attempt(purpose.kind, open.subject, finish));
  }
  return recovered;
}

async function attempt(
  kind: Recovered["kind"],
  subject: string,
  finish: () => Promise<unknown>,
): Promise<Recovered> {
  try {
    await finish();
    return { kind, subject, problem: null };
  } catch (error) {
    // The error is told, not thrown: a program that cannot be finished must not keep the others, or
    // the start, back.
    return { kind, subject, problem: messageOf(error) };
  }
}
