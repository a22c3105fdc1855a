import { adapters } from "../../agents/known.ts";

/** A coding agent that Pleach can start: how it works unattended. */
export interface KnownAgent {
  readonly name: string;
  readonly program: string;
  /** Undefined for those with an adapter, which need none. */
  readonly command: readonly [string, ...string[]] | undefined;
  /** Undefined: as the adapter says. */
  readonly commit: "agent" | "pleach" | undefined;
  /** What its owner should know, one line each. */
  readonly notes: readonly string[];
}

/** In the order of preference for the default. */
export const knownAgents: readonly KnownAgent[] = [
  ...adapters.map(({ name, notes }) => ({
    ...{ name, notes, program: name },
    ...{ command: undefined, commit: undefined },
  })),
  {
    name: "aider",
    program: "aider",
    command: ["aider", "--yes", "--message-file", "{prompt_file}"],
    commit: "agent",
    notes: [],
  },
];
