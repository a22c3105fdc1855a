import { join } from "node:path";
import { loadBacklog } from "../backlog/load.ts";
import type { Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { branchRef, requireCommit } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import type { TaskId, TrackName } from "../ground/ids.ts";
import type { TrackSeed } from "../grow/track.ts";
import type { Mode } from "../hosts/choice.ts";
import type { HostWish } from "../hosts/host.ts";
import { newSeed } from "./seed.ts";

export interface ByHand {
  readonly name: TrackName;
  readonly prompt: string | undefined;
  readonly tasks: readonly TaskId[];
  readonly agent: string | undefined;
  /** A revision; the target's tip when undefined. */
  readonly base: string | undefined;
  readonly host?: HostWish | undefined;
  readonly mode?: Mode | undefined;
}

/**
 * A track as a person asked for it, outside any plan.
 * @throws PleachError `start/nothing`, `task/none`, `commit/none` (usage)
 */
export async function seedByHand(
  ground: Ground,
  config: Config,
  { name, prompt, tasks: ids, agent: named, base, host, mode }: ByHand,
): Promise<TrackSeed> {
  if (prompt === undefined && ids.length === 0) {
    throw new PleachError({
      code: "start/nothing",
      message: `track ${name} has nothing to do`,
      hint: `say what: pleach start ${name} -p "…", or --task ID`,
      exitCode: ExitCode.usage,
    });
  }
  const commit = await requireCommit(ground.git, base ?? branchRef(config.target));
  const tasks = await requireTasks(ground, config, ids);
  return newSeed(config, {
    ...{ name, base: commit, tasks, prompt: prompt ?? "" },
    footprint: tasks.flatMap((task) => task.touches),
    agent: named ?? tasks[0]?.agent,
    host,
    mode,
  });
}

async function requireTasks(ground: Ground, config: Config, ids: readonly TaskId[]) {
  if (ids.length === 0) return [];
  const { tasks } = await loadBacklog(join(ground.repo.top, config.tasks));
  return ids.map((id) => {
    const task = tasks.find((known) => known.id === id);
    if (task !== undefined) return task;
    throw new PleachError({
      code: "task/none",
      message: `there is no task ${id} in ${config.tasks}`,
      hint: "pleach plan lists them",
      exitCode: ExitCode.usage,
    });
  });
}
