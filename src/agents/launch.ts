import type { AgentConfig } from "../ground/config/config.ts";
import type { TrackName, WorkerId } from "../ground/ids.ts";
import type { Argv, ExactEnv } from "../ground/proc/run.ts";

/** One start of an agent on a track: all that an agent program may need to know. */
export interface LaunchRequest {
  readonly track: TrackName;
  readonly worker: WorkerId;
  /** Absolute; also the agent's working directory. */
  readonly worktree: string;
  readonly prompt: string;
  /** Absolute path of a file with the same text, inside the worktree. */
  readonly promptFile: string;
  /** Which start on this track this is, from 1. */
  readonly attempt: number;
  readonly permissions: Permissions;
  /** For programs that keep sessions: the one to begin, or to go on with. */
  readonly session: { readonly kind: "new" | "resume"; readonly id: string };
  /** What stands beside the prompt for the whole session. */
  readonly instructions: string;
  /** Shell lines it may run unasked: the gate, which its user consented to. */
  readonly mayRun: readonly string[];
  /** The script that hooks call (`hookLine`). Absolute. */
  readonly hookScript: string;
  /** How to start this very program. */
  readonly pleach: Argv;
  /** Absolute, private to the track and outside its worktree: where files of a launch may lie. */
  readonly folder: string;
  /** What it starts from; `Launch.env` comes on top. */
  readonly env: ExactEnv;
}

export type Permissions = AgentConfig["permissions"];

/** What to run for an request. The prompt goes by argv, stdin or file; it is never typed. */
export interface Launch {
  readonly argv: Argv;
  readonly stdin: string | undefined;
  /** Added to the exact environment that every worker gets. */
  readonly env: ExactEnv;
  /** Written before it starts, readable by its user alone: settings of this one run. */
  readonly files?: readonly { readonly path: string; readonly text: string }[];
}
