import type { AgentConfig } from "../ground/config/config.ts";
import type { AccountId, TrackName, WorkerId } from "../ground/ids.ts";
import type { Argv, ExactEnv } from "../ground/proc/run.ts";
import type { Login } from "./account.ts";
import type { SessionRecords, Speaker } from "./conversation.ts";
import type { ReadLine } from "./event.ts";
import type { TerminalManners } from "./manners.ts";

/** One start of an agent on a track: all that an agent program may need to know. */
export interface Errand {
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

/** What to run for an errand. The prompt goes by argv, stdin or file; it is never typed. */
export interface Launch {
  readonly argv: Argv;
  readonly stdin: string | undefined;
  /** Added to the exact environment that every worker gets. */
  readonly env: ExactEnv;
  /** Written before it starts, readable by its user alone: settings of this one run. */
  readonly files?: readonly { readonly path: string; readonly text: string }[];
}

/** An agent program. Contract: `launch` is pure, and starts nothing. */
export interface Agent {
  readonly name: string;
  /** What has to be on PATH; undefined for a part of Pleach itself. */
  readonly program: string | undefined;
  /** The version the adapter was tried with; undefined for commands. */
  readonly triedWith: string | undefined;
  /** Who commits, unless the configuration says: its sandbox may not let it. */
  commits(permissions: Permissions): "agent" | "pleach";
  /** For programs with structured output and resumable sessions; undefined: its output is text. */
  readonly readLine: ReadLine | undefined;
  launch(errand: Errand): Launch;
  /** Whose allowance a start with this login would use up. Pure but for what it reads. */
  accountOf(login: Login): AccountId;
  /**
   * For programs that take several turns in one process and are spoken with while they work: they
   * are launched without a prompt, which is the first thing said.
   */
  readonly converse: ((errand: Errand) => Speaker) | undefined;
  /** How it is met in a terminal of its own (mode `terminal`); undefined: not yet. */
  readonly terminal: TerminalManners | undefined;
  /** Where it keeps its sessions; undefined: nobody but itself knows what it has heard. */
  readonly records: SessionRecords | undefined;
}
