import type { AgentConfig } from "../ground/config/config.ts";
import type { TrackName, WorkerId } from "../ground/ids.ts";
import type { Argv, ExactEnv } from "../ground/proc/run.ts";

/** A request to start an agent on a track: all that an agent program may need to know. */
export interface LaunchRequest {
  readonly track: TrackName;
  readonly worker: WorkerId;
  /** The absolute path of the worktree, the agent's working directory. */
  readonly worktree: string;
  readonly prompt: string;
  /** The absolute path of a file with the same text, inside the worktree. */
  readonly promptFile: string;
  /** The number of this start on this track, from 1. */
  readonly attempt: number;
  readonly permissions: Permissions;
  /** The session to begin, or to go on with, for programs that keep sessions. */
  readonly session: { readonly kind: "new" | "resume"; readonly id: string };
  /** The rules beside the prompt that hold for the whole session. */
  readonly instructions: string;
  /** The shell lines the agent may run unasked: the gate, which its user consented to. */
  readonly mayRun: readonly string[];
  /** The absolute path of the script that hooks call (`hookLine`). */
  readonly hookScript: string;
  /** The command that starts this very program. */
  readonly pleach: Argv;
  /**
   * The absolute path of a folder for files of a launch, private to the track and outside its
   * worktree.
   */
  readonly folder: string;
  /** The environment it starts from; `Launch.env` comes on top. */
  readonly env: ExactEnv;
}

export type Permissions = AgentConfig["permissions"];

/** The command to run for a request. The prompt goes by argv, stdin or file; it is never typed. */
export interface Launch {
  readonly argv: Argv;
  readonly stdin: string | undefined;
  /** The additions to the exact environment that every worker gets. */
  readonly env: ExactEnv;
  /**
   * The files written before the start, readable by the user alone: settings of this single run.
   */
  readonly files?: readonly { readonly path: string; readonly text: string }[];
}
