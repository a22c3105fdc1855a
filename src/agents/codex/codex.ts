import { codexAccount } from "../account.ts";
import type { Agent } from "../agent.ts";
import { type Adapter, type AgentSettings, met } from "../contract.ts";
import type { LaunchRequest } from "../launch.ts";
import { codexRotating } from "../rotating.ts";
import { codexQuestionFlags } from "./dialogs.ts";
import { codexHookFlags } from "./hooks.ts";
import { codexRecords } from "./records.ts";
import { readCodexLine } from "./stream.ts";
import { type CodexThread, codexSpeaker } from "./stream-protocol.ts";
import { codexTerminal } from "./terminal.ts";

/**
 * Makes the agent of Codex, headless: its app server, in a conversation of as many turns as it
 * takes, for this single thread. In its sandbox the repository's git folder is read-only, so there
 * the supervisor commits.
 */
function codexAgent({ model }: AgentSettings): Agent {
  return {
    name: "codex",
    program: "codex",
    triedWith: "0.169.0",
    commits: (permissions) => (permissions === "bypass" ? "agent" : "pleach"),
    readLine: readCodexLine,
    accountOf: codexAccount,
    converse: (request) => codexSpeaker(codexThread(request, model)),
    terminal: codexTerminal({ model }),
    records: codexRecords,
    launch: (request) => ({
      argv: [
        "codex",
        "app-server",
        ...codexQuestionFlags(request.permissions),
        ...codexHookFlags(request),
      ],
      stdin: undefined,
      env: {},
    }),
  };
}

function codexThread(request: LaunchRequest, model: string | undefined): CodexThread {
  const { session, permissions, worktree, instructions } = request;
  return {
    resumes: session.kind === "resume" ? session.id : undefined,
    worktree,
    settings: {
      ...(model === undefined ? {} : { model }),
      approvalPolicy: permissions === "ask" ? "on-request" : "never",
      sandbox: permissions === "bypass" ? "danger-full-access" : "workspace-write",
      developerInstructions: instructions,
    },
  };
}

export const codex: Adapter = {
  name: "codex",
  notes: [
    "works in its own sandbox, where .git is read-only, so the supervisor commits; for a step outside",
    'it, it asks (pleach attention). permissions = "bypass" lets it run anything, and commit itself',
  ],
  permissions: {
    ask: "as `edits`; for a step outside its sandbox, and what it wants to know, it asks you: `pleach attention`, `pleach answer`",
    edits: "its `workspace-write` sandbox: the worktree, no network, and `.git` read-only",
    bypass: "may run anything, outside its sandbox",
  },
  contract: {
    start: met("`codex app-server`, spoken with by JSON-RPC"),
    "first prompt": met("as a message of its protocol"),
    "session id": met("told by the program (its thread)"),
    "clean exit": met("its final event; it exits when nothing more will be said"),
    "tool paths": met("yes"),
    "edits and commits": met("Pleach commits (`bypass`: the agent)"),
    instructions: met("`developerInstructions`"),
    "denied permission": met("with `ask`; else its sandbox refuses without a word"),
    "permission asked": met("over its protocol, with `ask`"),
    question: met("over its protocol, with `ask`"),
    "several turns": met("in one process"),
    "resume keeps the session": met("`thread/resume`"),
    "follow-up": met("as a message of its protocol"),
    interrupt: met("over its protocol; it says that the turn was interrupted"),
    usage: met("tokens, of each step, sub-agents included; no cost"),
    "limit with reset": met("by its own field, and its time where it names one"),
    "auth error": met("by the status it tells"),
    "context exhausted": met("by its own field"),
    error: met("yes"),
    "sub-agents apart": met("yes, by their own threads"),
    "unknown events": met("kept and counted"),
  },
  make: codexAgent,
  rotating: codexRotating,
};
