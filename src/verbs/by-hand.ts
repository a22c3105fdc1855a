import type { Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { branchRef, requireCommit } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import type { Mode } from "../hosts/choice.ts";
import type { HostWish } from "../hosts/host.ts";
import { requireTasksCalled } from "../run/called-tasks.ts";
import { newSeed } from "../run/plan/seed.ts";
import type { TrackSeed } from "../track/track.ts";

export interface ByHand {
  readonly name: TrackName;
  readonly prompt: string | undefined;
  /** The names of its tasks: ids, their beginnings, lines, or a track of the plan. */
  readonly tasks: readonly string[];
  readonly agent: string | undefined;
  /** A revision; the target's tip when undefined. */
  readonly base: string | undefined;
  readonly host?: HostWish | undefined;
  readonly mode?: Mode | undefined;
}

/**
 * A track as a person asked for it, outside any plan.
 * @throws PleachError `start/nothing`, `task/none`, `task/several`, `commit/none` (usage)
 */
export async function seedByHand(
  ground: Ground,
  config: Config,
  { name, prompt, tasks: called, agent: named, base, host, mode }: ByHand,
): Promise<TrackSeed> {
  if (prompt === undefined && called.length === 0) {
    throw new PleachError({
      code: "start/nothing",
      message: `track ${name} has nothing to do`,
      hint: `say what: pleach start ${name} -p "…", or --task ID`,
      exitCode: ExitCode.usage,
    });
  }
  const commit = await requireCommit(ground.git, base ?? branchRef(config.target));
  const tasks = await requireTasksCalled(ground, config, called);
  return newSeed(config, {
    ...{ name, base: commit, tasks, prompt: prompt ?? "" },
    footprint: tasks.flatMap((task) => task.touches),
    agent: named ?? tasks[0]?.agent,
    host,
    mode,
  });
}
