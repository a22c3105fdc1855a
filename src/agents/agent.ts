import type { AccountId } from "../ground/ids.ts";
import type { Login } from "./account.ts";
import type { SessionRecords, StreamProtocol } from "./conversation.ts";
import type { ReadLine } from "./event.ts";
import type { Launch, LaunchRequest, Permissions } from "./launch.ts";
import type { TerminalProfile } from "./terminal-profile.ts";

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
  launch(request: LaunchRequest): Launch;
  /** Whose allowance a start with this login would use up. Pure but for what it reads. */
  accountOf(login: Login): AccountId;
  /**
   * For programs that take several turns in one process and are spoken with while they work: they
   * are launched without a prompt, which is the first thing said.
   */
  readonly converse: ((request: LaunchRequest) => StreamProtocol) | undefined;
  /** How it is met in a terminal of its own (mode `terminal`); undefined: not yet. */
  readonly terminal: TerminalProfile | undefined;
  /** Where it keeps its sessions; undefined: nobody but itself knows what it has heard. */
  readonly records: SessionRecords | undefined;
}
