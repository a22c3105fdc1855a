import { join } from "node:path";
import { z } from "zod";
import { parseJson } from "../../ground/json.ts";
import { accountId, type Login } from "../account.ts";
import type { Agent } from "../agent.ts";
import { type Adapter, type AgentSettings, met, notObservable } from "../contract.ts";
import type { AgentEvent, TurnOutcome } from "../event.ts";
import type { Launch, LaunchRequest } from "../launch.ts";
import { ownVerbs, plainCommands } from "../plain.ts";

/** Gemini CLI, headless: one process a turn, its session chosen by us and resumed by its id. */
export const gemini: Adapter = {
  name: "gemini",
  notes: [
    "may edit, use git and run the gate; what else it needs, allow in ~/.gemini/policies.",
    'permissions = "bypass" lets it run anything',
  ],
  permissions: {
    edits:
      "edits in its worktree, `git`, `pleach done`, `blocked`, `tell` and `inbox`, and the gate where it is a plain command, by a policy of the run; what else it needs, allow in `~/.gemini/policies`, which count for more",
    bypass: "may run anything (`--approval-mode yolo`)",
  },
  contract: {
    start: met("`gemini --output-format stream-json`"),
    "first prompt": met("on its standard input"),
    "session id": met("chosen by Pleach (`--session-id`)"),
    "clean exit": met("its final event, then the exit code"),
    "tool paths": met("yes"),
    "edits and commits": met("the agent commits"),
    instructions: notObservable("it takes none for one run; the prompt holds the rules"),
    "denied permission": met(
      "yes, where its policy says no; what is not offered to it, it cannot say",
    ),
    "permission asked": notObservable("it refuses what it would ask"),
    question: notObservable("it has no such tool without a terminal"),
    "several turns": met("a process for each"),
    "resume keeps the session": met("`--resume`"),
    "follow-up": met("on its standard input"),
    interrupt: met("by signal; it says no more, and exits with 0"),
    usage: met("tokens of each turn; no cost"),
    "limit with reset": met(
      "by its words, and its time where they name one; after its own retries",
    ),
    "auth error": met("by its words"),
    "context exhausted": met("by its words"),
    error: met("yes"),
    "sub-agents apart": notObservable("only that one was started"),
    "unknown events": met("kept and counted"),
  },
  make: geminiAgent,
  // A renewal leaves its refresh token unchanged.
  rotating: () => undefined,
};

function geminiAgent({ model }: AgentSettings): Agent {
  return {
    name: "gemini",
    program: "gemini",
    triedWith: "0.61.0",
    commits: () => "agent",
    readLine: readGeminiLine,
    accountOf: geminiAccount,
    launch: (request) => launch(request, model),
    converse: undefined,
    terminal: undefined,
    records: undefined,
  };
}

function launch(request: LaunchRequest, model: string | undefined): Launch {
  const { session, permissions, folder, env } = request;
  const policy = join(folder, "gemini-policy.toml");
  // Naming a policy takes away the user's policies, so they are named, too.
  const own = join(env["GEMINI_CLI_HOME"] ?? env["HOME"] ?? "", ".gemini/policies");
  return {
    argv: [
      ...(["gemini", "--output-format", "stream-json"] as const),
      ...(session.kind === "resume" ? ["--resume", session.id] : ["--session-id", session.id]),
      // The worktree is of the user's own repository; there is no person to be asked about it.
      "--skip-trust",
      ...(permissions === "bypass"
        ? ["--approval-mode", "yolo"]
        : ["--approval-mode", "auto_edit", "--policy", policy, "--policy", own]),
      ...(model === undefined ? [] : ["--model", model]),
    ],
    stdin: request.prompt,
    // Without this Gemini starts itself again, and a signal reaches only the first process.
    env: { GEMINI_CLI_NO_RELAUNCH: "true" },
    files: permissions === "bypass" ? [] : [{ path: policy, text: policyOf(request) }],
  };
}

/**
 * Writes the policy for what it may run unasked. Its priority is low, so that every rule of the
 * user counts for more.
 */
function policyOf({ mayRun }: LaunchRequest): string {
  const commands = [...ownVerbs, "git", ...plainCommands(mayRun)];
  const list = commands.map((command) => JSON.stringify(command)).join(", ");
  return `[[rule]]
toolName = "run_shell_command"
commandPrefix = [${list}]
decision = "allow"
priority = 20
`;
}

const savedLogin = z.object({ active: z.string().min(1) });

/** Finds the account: the key of the environment, else the login of the folder. */
function geminiAccount({ env, read }: Login) {
  const address = env["GOOGLE_GEMINI_BASE_URL"];
  for (const name of ["GEMINI_API_KEY", "GOOGLE_API_KEY"]) {
    if ((env[name] ?? "") !== "") return accountId("gemini", "key", env[name], address);
  }
  const folder = join(env["GEMINI_CLI_HOME"] ?? env["HOME"] ?? "", ".gemini");
  const saved = parseJson(read(join(folder, "google_accounts.json")) ?? "");
  const login = savedLogin.safeParse(saved).data;
  return login === undefined
    ? accountId("gemini", "folder", folder, env["GOOGLE_CLOUD_PROJECT"])
    : accountId("gemini", "login", login.active, env["GOOGLE_CLOUD_PROJECT"]);
}

/* The output of Gemini CLI, one JSON value a line. Only the fields that are read are described. */

const stats = z.object({
  input_tokens: z.number().catch(0),
  output_tokens: z.number().catch(0),
});

const line = z.union([
  z.object({ type: z.literal("init"), session_id: z.string(), model: z.string().optional() }),
  z.object({ type: z.literal("message"), role: z.string(), content: z.string() }),
  z.object({
    type: z.literal("tool_use"),
    tool_name: z.string(),
    parameters: z.record(z.string(), z.unknown()).catch({}),
  }),
  z.object({
    type: z.literal("tool_result"),
    tool_id: z.string(),
    status: z.string(),
    error: z.object({ type: z.string(), message: z.string() }).optional(),
  }),
  z.object({ type: z.literal("error"), message: z.string() }),
  z.object({
    type: z.literal("result"),
    status: z.string(),
    error: z.object({ message: z.string() }).optional(),
    stats: stats.optional(),
  }),
]);
type Line = z.infer<typeof line>;

/** Reads a line of Gemini CLI's output. Pure; a line that is not known is `unknown`. */
function readGeminiLine(raw: string): readonly AgentEvent[] {
  const said = line.safeParse(parseJson(raw)).data;
  switch (said?.type) {
    case undefined:
      return [{ kind: "unknown", raw }];
    case "init": {
      const { session_id: session, model } = said;
      return [
        { kind: "session", session, model: model ?? null, version: null },
        { kind: "turn-started" },
      ];
    }
    case "message":
      // Messages come in pieces; the prompt is repeated first.
      if (said.role !== "assistant") return [];
      return [{ kind: "message", text: said.content, subAgent: null }];
    case "tool_use":
      return [readTool(said)];
    case "tool_result":
      return readToolResult(said);
    case "error":
      return [{ kind: "warning", text: said.message }];
    case "result":
      return readResult(said);
  }
}

function readTool({ tool_name: tool, parameters }: Extract<Line, { type: "tool_use" }>) {
  const text = (key: string): string =>
    typeof parameters[key] === "string" ? parameters[key] : "";
  const paths = ["file_path", "dir_path", "path"].map(text).filter((path) => path !== "");
  const detail = ["command", "pattern", "query", "prompt"].map(text).find((it) => it !== "") ?? "";
  return { kind: "tool", tool, paths, detail, subAgent: null } as const;
}

/** Reads a refusal, by Gemini's own error type. The id of the call begins with the tool's name. */
function readToolResult(said: Extract<Line, { type: "tool_result" }>): readonly AgentEvent[] {
  if (said.error?.type !== "policy_violation") return [];
  const [tool = ""] = said.tool_id.split("__");
  return [{ kind: "denied", call: said.tool_id, tool, why: said.error.message }];
}

/** Reads the result; its figures are of this process, not of the session. */
function readResult({ status, error, stats: used }: Extract<Line, { type: "result" }>) {
  const events: AgentEvent[] = [];
  if (used !== undefined) {
    const { input_tokens: inputTokens, output_tokens: outputTokens } = used;
    events.push({ kind: "used", more: { inputTokens, outputTokens, costUsd: null } });
  }
  const outcome: TurnOutcome =
    status === "success" ? { kind: "finished" } : outcomeOf(error?.message ?? status);
  return [...events, { kind: "turn-ended", outcome } as const];
}

/**
 * Decides how a turn ended. There is no status as a field: the words decide, without the advice
 * that Gemini adds to every 429.
 */
function outcomeOf(message: string): TurnOutcome {
  const advice = /\]\s*(?:Please wait and try again later|Possible quota limitations)/;
  const [why = message] = message.split(advice);
  if (/UNAUTHENTICATED|PERMISSION_DENIED|API key not valid|"code": ?40[13]\b/.test(why)) {
    return { kind: "unauthorised", why };
  }
  if (/input token count.*exceeds|prompt is too long|context window/i.test(why)) {
    return { kind: "exhausted", why };
  }
  const isUsage = /usage limit/i.test(why);
  const isQuota = /\bquota\b|exhausted your/i.test(why);
  if (
    !isUsage &&
    !isQuota &&
    !advice.test(message) &&
    !/RESOURCE_EXHAUSTED|"code": ?429\b/.test(why)
  ) {
    return { kind: "failed", why };
  }
  const limit = isUsage ? "usage" : isQuota ? "quota" : "rate";
  return { kind: "limited", limit, why, reopens: null };
}
