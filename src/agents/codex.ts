import { codexAccount } from "./account.ts";
import type { Agent } from "./agent.ts";
import { codexArgs } from "./codex-args.ts";
import { codexRecords } from "./codex-records.ts";
import { readCodexLine } from "./codex-stream.ts";
import { codexManners } from "./codex-terminal.ts";
import { type Adapter, type AgentSettings, met, notObservable } from "./contract.ts";
import { codexRotating } from "./rotating.ts";

/**
 * Codex, headless: one process a turn, its thread resumed by the id it gave. In its sandbox the
 * repository's git folder is read-only, so there the supervisor commits.
 */
function codexAgent({ model }: AgentSettings): Agent {
  return {
    name: "codex",
    program: "codex",
    triedWith: "0.169.0",
    commits: (permissions) => (permissions === "bypass" ? "agent" : "pleach"),
    readLine: readCodexLine,
    accountOf: codexAccount,
    converse: undefined,
    terminal: codexManners({ model }),
    records: codexRecords,
    launch: (errand) => ({
      argv: [
        "codex",
        "exec",
        ...(errand.session.kind === "resume" ? ["resume"] : []),
        "--json",
        // As a setting: `resume` has no `--sandbox` of its own.
        ...(errand.permissions === "bypass"
          ? ["--dangerously-bypass-approvals-and-sandbox"]
          : ["-c", 'sandbox_mode="workspace-write"']),
        ...codexArgs(errand, model),
      ],
      stdin: undefined,
      env: {},
    }),
  };
}

export const codex: Adapter = {
  name: "codex",
  notes: [
    "works in its own sandbox, where .git is read-only, so the supervisor commits;",
    'permissions = "bypass" lets it run anything, and commit itself',
  ],
  permissions: {
    edits: "its `workspace-write` sandbox: the worktree, no network, and `.git` read-only",
    bypass: "may run anything, outside its sandbox",
  },
  contract: {
    start: met("`codex exec --json`"),
    "first prompt": met("as an argument"),
    "session id": met("told by the program"),
    "clean exit": met("its final event, then the exit code"),
    "tool paths": met("yes"),
    "edits and commits": met("Pleach commits (`bypass`: the agent)"),
    instructions: met("`developer_instructions`"),
    "denied permission": notObservable("its sandbox refuses without a word"),
    "permission asked": notObservable("it refuses what it would ask"),
    question: notObservable("it has no such tool without a terminal"),
    "several turns": met("a process for each"),
    "resume keeps the session": met("`exec resume`"),
    "follow-up": met("as an argument"),
    interrupt: met("by signal; it says no more"),
    usage: met("tokens, as totals of the session; no cost"),
    "limit with reset": met("by its words, and its time where they name one"),
    "auth error": met("by its words"),
    "context exhausted": met("by its words"),
    error: met("yes"),
    "sub-agents apart": notObservable("nothing of them is told"),
    "unknown events": met("kept and counted"),
  },
  make: codexAgent,
  rotating: codexRotating,
};
