import type { Adapter } from "../../agents/contract.ts";
import { adapters } from "../../agents/known.ts";
import type { AgentConfig } from "../../ground/config/config.ts";

/** A coding agent that Pleach can start: how it works unattended. */
export interface KnownAgent {
  readonly name: string;
  readonly program: string;
  /** Undefined for those with an adapter, which need none. */
  readonly command: readonly [string, ...string[]] | undefined;
  /** How one with an adapter works when nobody has said otherwise: where it can be met, and asks. */
  readonly habits: Habits | undefined;
  /** Undefined: as the adapter says. */
  readonly commit: "agent" | "pleach" | undefined;
  /** Facts that its owner should know, a line each. */
  readonly notes: readonly string[];
}

export type Habits = Pick<AgentConfig, "mode" | "permissions">;

function habitsOf({ make, permissions }: Adapter): Habits {
  const mode = make({ model: undefined }).terminal === undefined ? "stream" : "terminal";
  // An agent whose questions cannot be answered is refused a permission, instead of waiting for it.
  const asks = mode === "terminal" || permissions.ask !== undefined;
  return { mode, permissions: asks ? "ask" : "edits" };
}

/** In the order of preference for the default. */
export const knownAgents: readonly KnownAgent[] = [
  ...adapters.map((adapter) => ({
    ...{ name: adapter.name, notes: adapter.notes, program: adapter.name },
    ...{ command: undefined, commit: undefined, habits: habitsOf(adapter) },
  })),
  {
    name: "aider",
    program: "aider",
    command: ["aider", "--yes", "--message-file", "{prompt_file}"],
    habits: undefined,
    commit: "agent",
    notes: [],
  },
];
