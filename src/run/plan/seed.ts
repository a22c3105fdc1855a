import { join } from "node:path";
import { requireAgent } from "../../agents/known.ts";
import type { Task } from "../../backlog/parse.ts";
import type { Config } from "../../ground/config/config.ts";
import { ExitCode, PleachError } from "../../ground/errors.ts";
import { asBranchName, type Sha, type TrackName } from "../../ground/ids.ts";
import type { Mode } from "../../hosts/choice.ts";
import type { HostWish } from "../../hosts/host.ts";
import type { TrackSeed } from "../../track/track.ts";

/** The decisions about a track before it is cut; the rest follows from the configuration. */
export interface SeedParts {
  readonly name: TrackName;
  readonly base: Sha;
  readonly tasks: readonly Task[];
  /** Globs; repeats are left out. */
  readonly footprint: readonly string[];
  /** The agent asked for; that of the configuration when undefined. */
  readonly agent: string | undefined;
  readonly prompt: string;
  /** The host asked for; that of the configuration when undefined. */
  readonly host?: HostWish | undefined;
  /** The mode asked for; that of the agent's section when undefined. */
  readonly mode?: Mode | undefined;
}

/** Builds everything a track is cut from. @throws PleachError for an agent that is not known */
export function newSeed(config: Config, parts: SeedParts): TrackSeed {
  const { name, base, tasks, footprint, prompt } = parts;
  const { name: agent } = requireAgent(config, parts.agent ?? config.agent);
  const section = config.agents.get(agent);
  const mode = parts.mode ?? section?.mode ?? "stream";
  requireMode(config, agent, mode);
  return {
    name,
    branch: asBranchName(`work/${name}`),
    worktree: join(config.worktrees.root, name),
    base,
    target: config.target,
    tasks: tasks.map(trackTask),
    footprint: [...new Set(footprint)],
    agent,
    mode,
    host: parts.host ?? config.host,
    permissions: section?.permissions ?? "ask",
    prompt,
  };
}

/**
 * Makes sure that an agent can work in a mode.
 * @throws PleachError `agent/no-terminal` (exit 4) for an agent that cannot work in that mode
 */
export function requireMode(config: Config, agent: string, mode: Mode): void {
  if (mode === "stream" || requireAgent(config, agent).terminal !== undefined) return;
  throw new PleachError({
    code: "agent/no-terminal",
    message: `${agent} has no adapter for mode "terminal"`,
    hint: `leave out --mode, or set mode = "stream" under [agents.${agent}]`,
    exitCode: ExitCode.prerequisite,
  });
}

/** Reduces a task to the parts that a track keeps. */
function trackTask(task: Task): TrackSeed["tasks"][number] {
  const { id, text, details, line, headings, explicitId } = task;
  return { id, text, details, line, headings, explicitId };
}
