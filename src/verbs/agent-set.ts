import { join, resolve } from "node:path";
import { requireAgent } from "../agents/known.ts";
import { loadBacklog } from "../backlog/load.ts";
import type { Config } from "../ground/config/config.ts";
import { PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import { isLive } from "../track/track.ts";
import { allTracks } from "../track/track-store.ts";

/**
 * Makes sure that somebody is there to do the work, before anything else is asked or made.
 * @param file the backlog, where another than the configured one is meant
 * @throws PleachError `agent/none` (exit 4) when a task would fall to an agent that is not set
 */
export async function requireAgentFor(
  ground: Ground,
  config: Config,
  { agent, file }: { readonly agent: string | undefined; readonly file: string | undefined },
): Promise<void> {
  if ((agent ?? config.agent) !== undefined) return;
  if (await needsUsual(ground, config, file)) requireAgent(config, undefined);
}

/** Whether an open task that no track has yet names no agent. What is wrong with the backlog is said by whoever plans it. */
async function needsUsual(
  ground: Ground,
  config: Config,
  file: string | undefined,
): Promise<boolean> {
  const { folder } = ground.invocation;
  const backlog = file === undefined ? join(ground.repo.top, config.tasks) : resolve(folder, file);
  try {
    const { tasks } = await loadBacklog(backlog);
    const live = allTracks(ground.store).filter(isLive);
    const taken = new Set(live.flatMap((track) => track.tasks.map(({ id }) => id)));
    return tasks.some(({ id, done, agent }) => !done && agent === undefined && !taken.has(id));
  } catch (error) {
    if (error instanceof PleachError) return false;
    throw error;
  }
}
