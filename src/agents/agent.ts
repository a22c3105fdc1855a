import type { AccountId } from "../ground/ids.ts";
import type { Login } from "./account.ts";
import type { SessionRecords, StreamProtocol } from "./conversation.ts";
import type { ReadLine } from "./event.ts";
import type { Launch, LaunchRequest, Permissions } from "./launch.ts";
import type { TerminalProfile } from "./terminal-profile.ts";

/** An agent program. Contract: `launch` is pure, and starts nothing. */
export interface Agent {
  readonly name: string;
  /** The program that has to be on PATH; undefined for a part of Pleach itself. */
  readonly program: string | undefined;
  /** The version the adapter was tried with; undefined for commands. */
  readonly triedWith: string | undefined;
  /** Decides who commits, unless the configuration says: the agent's sandbox may not let it. */
  commits(permissions: Permissions): "agent" | "pleach";
  /**
   * Reads a line of programs with structured output and resumable sessions; undefined: the output
   * is text.
   */
  readonly readLine: ReadLine | undefined;
  launch(request: LaunchRequest): Launch;
  /**
   * Names the account whose allowance a start with this login would use up. Pure but for its
   * reading.
   */
  accountOf(login: Login): AccountId;
  /**
   * Opens a conversation with a program that takes several turns in one process and hears messages
   * while it works: it is launched without a prompt, which is the first message.
   */
  readonly converse: ((request: LaunchRequest) => StreamProtocol) | undefined;
  /**
   * The program's behaviour in a terminal of its own (mode `terminal`); undefined: not supported
   * yet.
   */
  readonly terminal: TerminalProfile | undefined;
  /**
   * The program's own records of its sessions; undefined: nothing but the program knows what it has
   * heard.
   */
  readonly records: SessionRecords | undefined;
}
