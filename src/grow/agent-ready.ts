import { requireAgent } from "../agents/known.ts";
import { requireProgram } from "../agents/program.ts";
import type { Config } from "../ground/config/config.ts";
import type { Ground } from "../ground/ground.ts";
import { workerEnvironment } from "./worktree/environment.ts";

/**
 * Makes sure that an agent is configured and its program installed, before a worktree is made for
 * it.
 * @throws PleachError `agent/none`, `agent/unknown`, `agent/missing` (exit 4)
 */
export function requireAgentReady(ground: Ground, config: Config, name: string | undefined): void {
  const folder = ground.repo.mainTop;
  const env = workerEnvironment(ground);
  requireProgram(requireAgent(config, name), { env, folder });
}
