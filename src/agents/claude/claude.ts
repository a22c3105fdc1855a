import { claudeAccount } from "../account.ts";
import type { Agent } from "../agent.ts";
import { type Adapter, type AgentSettings, met } from "../contract.ts";
import { claudeRotating } from "../rotating.ts";
import { claudeSettings } from "./hooks.ts";
import { claudePermissions } from "./permissions.ts";
import { claudeRecords } from "./records.ts";
import { readClaudeLine } from "./stream.ts";
import { claudeSpeaker } from "./stream-protocol.ts";
import { claudeTerminal } from "./terminal.ts";

/**
 * Makes the agent of Claude Code, headless: its session is chosen by us and resumed by its id. It
 * hears us on its standard input for as many turns as it takes.
 */
function claudeAgent({ model }: AgentSettings): Agent {
  return {
    name: "claude",
    program: "claude",
    triedWith: "2.1.329",
    commits: () => "agent",
    readLine: readClaudeLine,
    accountOf: claudeAccount,
    launch: (request) => ({
      argv: [
        "claude",
        "-p",
        ...["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
        request.session.kind === "new" ? "--session-id" : "--resume",
        request.session.id,
        ...["--settings", claudeSettings(request, { opens: false }).path],
        // Without `ask` the program itself denies what is not allowed, and reports the denial.
        ...(request.permissions === "ask" ? ["--permission-prompt-tool", "stdio"] : []),
        ...claudePermissions(request),
        ...(model === undefined ? [] : ["--model", model]),
        ...["--append-system-prompt", request.instructions],
      ],
      stdin: undefined,
      // Many run at once: none of them may replace the program under the others.
      env: { DISABLE_AUTOUPDATER: "1" },
      files: [claudeSettings(request, { opens: false })],
    }),
    converse: claudeSpeaker,
    records: claudeRecords,
    terminal: claudeTerminal({ model }),
  };
}

export const claude: Adapter = {
  name: "claude",
  notes: [
    "may edit, use git and run the gate; for what else it needs it asks (pleach attention), unless",
    '.claude/settings.json allows it: "Bash(npm run lint)". permissions = "bypass" lets it run anything',
  ],
  permissions: {
    ask: "as `edits`; for what else it needs it asks you: `pleach attention`, `pleach answer`",
    edits:
      "edits in its worktree, `git`, `pleach done`, `blocked`, `tell` and `inbox`, and the gate where it is a plain command; what else it needs, allow in its own settings (`.claude/settings.json`)",
    bypass: "may run anything",
  },
  contract: {
    start: met("`claude -p`, spoken with by `stream-json` both ways"),
    "first prompt": met("on its standard input"),
    "session id": met("chosen by Pleach (`--session-id`)"),
    "clean exit": met("its final event, then the exit code"),
    "tool paths": met("yes"),
    "edits and commits": met("the agent commits"),
    instructions: met("`--append-system-prompt`"),
    "denied permission": met("yes, with tool and reason"),
    "permission asked": met("over its control protocol, with `ask`"),
    question: met("over its control protocol, with `ask`"),
    "several turns": met("in one process"),
    "resume keeps the session": met("`--resume`"),
    "follow-up": met("on its standard input"),
    interrupt: met("over its control protocol; it says that the turn was aborted"),
    usage: met("tokens and US dollars, as totals of the session"),
    "limit with reset": met("`429`, its kind, and its time where the program says it"),
    "auth error": met("yes"),
    "context exhausted": met("yes"),
    error: met("yes"),
    "sub-agents apart": met("yes, by the call that started them"),
    "unknown events": met("kept and counted"),
  },
  make: claudeAgent,
  rotating: claudeRotating,
};
