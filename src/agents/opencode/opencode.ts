import { dirname, join } from "node:path";
import { z } from "zod";
import { parseJson } from "../../ground/json.ts";
import { accountId, type Login } from "../account.ts";
import type { Agent } from "../agent.ts";
import { type Adapter, type AgentSettings, met, notObservable } from "../contract.ts";
import type { AgentEvent, TurnOutcome } from "../event.ts";
import type { Launch, LaunchRequest } from "../launch.ts";
import { ownVerbs, plainCommands } from "../plain.ts";
import { opencodeRotating } from "../rotating.ts";

/** OpenCode, headless: one process a turn, its session resumed by the id it gave. */
export const opencode: Adapter = {
  name: "opencode",
  notes: [
    "may edit, use git and run the gate; what else it needs, allow in opencode.json,",
    'for example "permission": {"bash": {"npm run lint": "allow"}}. "bypass" lets it run anything',
  ],
  permissions: {
    edits:
      "edits in its worktree, `git`, `pleach done`, `blocked`, `tell` and `inbox`, and the gate where it is a plain command; what else it needs, allow in the project's `opencode.json`, which counts for more",
    bypass: "may run anything that its own settings do not deny (`--auto`)",
  },
  contract: {
    start: met("`opencode run --format json`"),
    "first prompt": met("on its standard input"),
    "session id": met("told by the program"),
    "clean exit": met("its last step, then the exit code"),
    "tool paths": met("yes, once a tool has ended"),
    "edits and commits": met("the agent commits"),
    instructions: met("`instructions` of a configuration of its own (`OPENCODE_CONFIG`)"),
    "denied permission": met("yes, with tool and what it was about"),
    "permission asked": notObservable("it refuses what it would ask"),
    question: notObservable("it has no such tool without a terminal"),
    "several turns": met("a process for each"),
    "resume keeps the session": met("`--session`"),
    "follow-up": met("on its standard input"),
    interrupt: met("by signal; it says no more"),
    usage: met("tokens and US dollars, step by step; not those of sub-agents"),
    "limit with reset": met(
      "its kind, and its time where the provider says it; after its own retries",
    ),
    "auth error": met("yes"),
    "context exhausted": met("yes, when its own compaction does not help"),
    error: met("yes"),
    "sub-agents apart": notObservable("only that one was started"),
    "unknown events": met("kept and counted"),
  },
  make: opencodeAgent,
  rotating: opencodeRotating,
};

function opencodeAgent({ model }: AgentSettings): Agent {
  return {
    name: "opencode",
    program: "opencode",
    triedWith: "1.18.33",
    commits: () => "agent",
    readLine: readOpencodeLine,
    accountOf: (login) => opencodeAccount(login, model),
    launch: (request) => launch(request, model),
    converse: undefined,
    terminal: undefined,
    records: undefined,
  };
}

function launch(request: LaunchRequest, model: string | undefined): Launch {
  const { session, permissions, folder, env } = request;
  // The file lies inside the worktree, like all that the agent is told of.
  const instructions = join(dirname(request.promptFile), "instructions.md");
  const config = join(folder, "opencode.json");
  const text = JSON.stringify({ instructions: [instructions], ...rulesOf(request) });
  return {
    argv: [
      ...(["opencode", "run", "--format", "json"] as const),
      // Given a title of ours, OpenCode does not ask the model for a title.
      ...(session.kind === "resume"
        ? ["--session", session.id]
        : ["--title", `pleach ${request.track}`]),
      ...(permissions === "bypass" ? ["--auto"] : []),
      ...(model === undefined ? [] : ["--model", model]),
    ],
    // As an argument the prompt would reach the model in quotes.
    stdin: request.prompt,
    env: {
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      // A configuration file of the user's own keeps its place; then ours comes by the other
      // variable.
      ...(env["OPENCODE_CONFIG"] === undefined
        ? { OPENCODE_CONFIG: config }
        : { OPENCODE_CONFIG_CONTENT: text }),
    },
    files: [
      { path: instructions, text: request.instructions },
      { path: config, text },
    ],
  };
}

/**
 * Returns the rules for what it may do. The last rule that fits counts; rules of the project's own
 * `opencode.json` come after these.
 */
function rulesOf({ permissions, mayRun }: LaunchRequest): object {
  if (permissions === "bypass") return {};
  const own = [...ownVerbs, "git"].flatMap((command) => [command, `${command} *`]);
  const allowed = [...own, ...plainCommands(mayRun)];
  return {
    permission: {
      edit: "allow",
      bash: { "*": "deny", ...Object.fromEntries(allowed.map((command) => [command, "allow"])) },
      webfetch: "deny",
      // Asking would end its turn; a denial is an answer it can work with.
      external_directory: "deny",
    },
  };
}

const savedLogins = z.record(z.string(), z.unknown());

/** Finds the account: the saved login of the model's provider, else the folder. */
function opencodeAccount({ env, read }: Login, model: string | undefined) {
  const home = env["HOME"] ?? "";
  const folder = join(env["XDG_DATA_HOME"] ?? join(home, ".local/share"), "opencode");
  const provider = model?.split("/")[0] ?? "";
  const saved = savedLogins.safeParse(parseJson(read(join(folder, "auth.json")) ?? "")).data;
  const login = saved?.[provider];
  const id = z
    .object({ accountId: z.string() })
    .or(z.object({ key: z.string() }))
    .safeParse(login);
  if (!id.success) return accountId("opencode", "folder", folder, provider);
  return "key" in id.data
    ? accountId("opencode", "key", provider, id.data.key)
    : accountId("opencode", "login", provider, id.data.accountId);
}

/* The output of OpenCode, one JSON value a line. Only the fields that are read are described. */

const tool = z.object({
  tool: z.string(),
  callID: z.string(),
  state: z.object({
    status: z.string(),
    input: z.record(z.string(), z.unknown()).catch({}),
    error: z.string().optional(),
  }),
});

const figure = z.number().catch(0);
const step = z.object({
  reason: z.string(),
  cost: z.number().nullish(),
  tokens: z.object({
    input: figure,
    output: figure,
    reasoning: figure,
    cache: z.object({ read: figure, write: figure }).catch({ read: 0, write: 0 }),
  }),
});

const failure = z.object({
  name: z.string(),
  data: z
    .object({
      message: z.string().optional(),
      statusCode: z.number().optional(),
      responseHeaders: z.record(z.string(), z.string()).catch({}),
      responseBody: z.string().catch(""),
    })
    .catch({ responseHeaders: {}, responseBody: "" }),
});
type Failure = z.infer<typeof failure>;

const line = z.union([
  z.object({ type: z.literal("step_start"), sessionID: z.string() }),
  z.object({ type: z.literal("tool_use"), part: tool }),
  z.object({ type: z.literal("text"), part: z.object({ text: z.string() }) }),
  z.object({ type: z.literal("reasoning") }),
  z.object({ type: z.literal("step_finish"), part: step }),
  z.object({ type: z.literal("error"), sessionID: z.string(), error: failure }),
]);

/** Reads a line of OpenCode's output. Pure; a line that is not known is `unknown`. */
function readOpencodeLine(raw: string): readonly AgentEvent[] {
  const said = line.safeParse(parseJson(raw)).data;
  switch (said?.type) {
    case undefined:
      return [{ kind: "unknown", raw }];
    case "step_start":
      return [sessionOf(said.sessionID), { kind: "turn-started" }];
    case "tool_use":
      return readTool(said.part);
    case "text":
      return [{ kind: "message", text: said.part.text, subAgent: null }];
    case "reasoning":
      return [];
    case "step_finish":
      return readStep(said.part);
    case "error":
      return [sessionOf(said.sessionID), { kind: "turn-ended", outcome: outcomeOf(said.error) }];
  }
}

const sessionOf = (session: string): AgentEvent => ({
  kind: "session",
  session,
  model: null,
  version: null,
});

/**
 * Reads a tool call, told once it has ended. A call that needs a permission is refused, and ends
 * the turn.
 */
function readTool({ tool: name, callID, state }: z.infer<typeof tool>): readonly AgentEvent[] {
  const { input, error } = state;
  const text = (key: string): string => (typeof input[key] === "string" ? input[key] : "");
  const paths = ["filePath", "path"].map(text).filter((path) => path !== "");
  const detail = ["command", "pattern", "url", "description"].map(text).find((it) => it !== "");
  const used: AgentEvent = {
    ...{ kind: "tool", tool: name, paths, detail: detail ?? "" },
    subAgent: null,
  };
  const refused = /rejected permission|specified a rule which prevents/.test(error ?? "");
  if (state.status !== "error" || !refused) return [used];
  const why = detail ?? paths.join(" ");
  return [used, { kind: "denied", call: callID, tool: name, why }];
}

/**
 * Reads a step with its own figures. Its reason ends the turn, unless the step only calls tools.
 */
function readStep({ tokens, cost, reason }: z.infer<typeof step>): readonly AgentEvent[] {
  const used: AgentEvent = {
    kind: "used",
    more: {
      inputTokens: tokens.input + tokens.cache.read + tokens.cache.write,
      outputTokens: tokens.output + tokens.reasoning,
      costUsd: cost ?? null,
    },
  };
  if (reason === "tool-calls") return [used];
  const why = `its last step ended with ${reason}`;
  const outcome: TurnOutcome = reason === "stop" ? { kind: "finished" } : { kind: "failed", why };
  return [used, { kind: "turn-ended", outcome }];
}

function outcomeOf({ name, data }: Failure): TurnOutcome {
  const why = data.message ?? name;
  if (name === "ContextOverflowError") return { kind: "exhausted", why };
  if (name === "ProviderAuthError" || data.statusCode === 401 || data.statusCode === 403) {
    return { kind: "unauthorised", why };
  }
  if (data.statusCode !== 429) return { kind: "failed", why };
  const body = data.responseBody;
  const quota = /insufficient_quota|exceeded your current quota/.test(body);
  const usage = /usage_limit|usage limit/i.test(body);
  const limit = quota ? "quota" : usage ? "usage" : "rate";
  return { kind: "limited", limit, why, reopens: reopensOf(data) };
}

const resets = z.object({ error: z.object({ resets_at: z.number().max(8_640_000_000_000) }) });

function reopensOf({ responseBody, responseHeaders }: Failure["data"]): string | null {
  const at = resets.safeParse(parseJson(responseBody)).data?.error.resets_at;
  if (at !== undefined) return new Date(at * 1_000).toISOString();
  const seconds = responseHeaders["retry-after"];
  return seconds === undefined ? null : `retry-after: ${seconds}`;
}
