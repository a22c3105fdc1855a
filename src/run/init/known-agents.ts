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
  {
    name: "claude",
    program: "claude",
    command: undefined,
    commit: undefined,
    notes: [
      "may edit, use git and run the gate; what else it needs, allow in .claude/settings.json,",
      'for example "Bash(npm run lint)". permissions = "bypass" lets it run anything',
    ],
  },
  {
    name: "codex",
    program: "codex",
    command: undefined,
    commit: undefined,
    notes: [
      "works in its own sandbox, where .git is read-only, so the supervisor commits;",
      'permissions = "bypass" lets it run anything, and commit itself',
    ],
  },
  {
    name: "opencode",
    program: "opencode",
    command: ["opencode", "run"],
    commit: "agent",
    notes: ["reads the prompt from stdin"],
  },
  {
    name: "gemini",
    program: "gemini",
    command: ["gemini", "--approval-mode", "auto_edit", "--skip-trust", "-p", "{prompt}"],
    commit: "pleach",
    notes: ["may edit but not run git, so the supervisor commits"],
  },
  {
    name: "aider",
    program: "aider",
    command: ["aider", "--yes", "--message-file", "{prompt_file}"],
    commit: "agent",
    notes: [],
  },
];
