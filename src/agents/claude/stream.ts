import { z } from "zod";
import { parseJson } from "../../ground/json.ts";
import type { AgentEvent, Limit, TurnOutcome } from "../event.ts";
import { detailOf, pathsOf } from "../hooks.ts";

/*
 * The `stream-json` output of Claude Code, one JSON value a line. Only the fields that are read are
 * described; everything else may change.
 */

const init = z.object({
  session_id: z.string(),
  model: z.string().optional(),
  claude_code_version: z.string().optional(),
});

const denied = z.object({
  tool_name: z.string(),
  tool_use_id: z.string(),
  message: z.string().optional(),
});

/** The tasks in the background, shells among them: servers that never end. */
const background = z.object({ tasks: z.array(z.object({ task_type: z.string().catch("") })) });
const isAgent = (task: { readonly task_type: string }): boolean => /agent/.test(task.task_type);

const retry = z.object({ error: z.string().optional(), error_status: z.number().nullish() });

const block = z.union([
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({
    type: z.literal("tool_use"),
    name: z.string(),
    input: z.record(z.string(), z.unknown()).catch({}),
  }),
  z.object({ type: z.string() }),
]);

const assistant = z.object({
  message: z.object({ content: z.array(block) }),
  parent_tool_use_id: z.string().nullish(),
});

const modelUsage = z.object({
  inputTokens: z.number().catch(0),
  outputTokens: z.number().catch(0),
  cacheReadInputTokens: z.number().catch(0),
  cacheCreationInputTokens: z.number().catch(0),
});

const result = z.object({
  subtype: z.string(),
  is_error: z.boolean(),
  result: z.string().optional(),
  errors: z.array(z.string()).optional(),
  terminal_reason: z.string().nullish(),
  api_error_status: z.number().nullish(),
  total_cost_usd: z.number().optional(),
  modelUsage: z.record(z.string(), modelUsage).optional(),
  permission_denials: z
    .array(
      z.object({
        tool_name: z.string(),
        tool_use_id: z.string(),
        tool_input: z.record(z.string(), z.unknown()).catch({}),
      }),
    )
    .catch([]),
});
type Result = z.infer<typeof result>;

const rateLimit = z.object({
  rate_limit_info: z.object({
    status: z.string(),
    resetsAt: z.number().nullish(),
    isUsingOverage: z.boolean().nullish(),
    overageStatus: z.string().nullish(),
  }),
});

const line = z.object({ type: z.string(), subtype: z.string().optional() });

/** Lines that say nothing about the work beyond what other lines say. */
const quiet =
  /^(?:user|stream_event|system\/(?:hook_\w+|vcs_state_changed|status|compact_boundary|task_\w+))$/;

/** Reads a line of Claude Code's stream. Pure; a line that is not known is `unknown`. */
export function readClaudeLine(raw: string): readonly AgentEvent[] {
  const parsed = parseJson(raw);
  const known = line.safeParse(parsed).data;
  const events = known === undefined ? undefined : readKnown(known, parsed);
  return events ?? [{ kind: "unknown", raw }];
}

function readKnown(
  { type, subtype }: z.infer<typeof line>,
  parsed: unknown,
): readonly AgentEvent[] | undefined {
  const name = type === "system" && subtype !== undefined ? `${type}/${subtype}` : type;
  switch (name) {
    case "system/init":
      return map(init.safeParse(parsed).data, readInit);
    case "system/permission_denied":
      return map(denied.safeParse(parsed).data, (it) => [
        { kind: "denied", call: it.tool_use_id, tool: it.tool_name, why: it.message ?? "" },
      ]);
    case "system/background_tasks_changed":
      return map(background.safeParse(parsed).data, ({ tasks }) => [
        { kind: "background", running: tasks.filter(isAgent).length },
      ]);
    case "system/api_retry":
      return map(retry.safeParse(parsed).data, (it) => [
        { kind: "retrying", why: [it.error_status, it.error].filter(Boolean).join(" ") },
      ]);
    case "assistant":
      return map(assistant.safeParse(parsed).data, readAssistant);
    case "rate_limit_event":
      return map(rateLimit.safeParse(parsed).data, readRateLimit);
    case "result":
      return map(result.safeParse(parsed).data, readResult);
    default:
      return quiet.test(name) ? [] : undefined;
  }
}

function map<In, Out>(value: In | undefined, read: (value: In) => Out): Out | undefined {
  return value === undefined ? undefined : read(value);
}

function readInit(said: z.infer<typeof init>): readonly AgentEvent[] {
  return [
    {
      kind: "session",
      session: said.session_id,
      model: said.model ?? null,
      version: said.claude_code_version ?? null,
    },
    { kind: "turn-started" },
  ];
}

function readAssistant(said: z.infer<typeof assistant>): readonly AgentEvent[] {
  const subAgent = said.parent_tool_use_id ?? null;
  return said.message.content.flatMap((part): readonly AgentEvent[] => {
    if ("text" in part) return [{ kind: "message", text: part.text, subAgent }];
    if (!("input" in part)) return [];
    const { name: tool, input } = part;
    return [{ kind: "tool", tool, paths: pathsOf(input), detail: detailOf(input), subAgent }];
  });
}

/** Reads a rate limit. Never observed with an API key; written from the program's own types. */
function readRateLimit({ rate_limit_info: info }: z.infer<typeof rateLimit>) {
  if (info.status !== "rejected") return [];
  // Paid usage covers the excess: nothing is cut off.
  if (info.isUsingOverage === true && info.overageStatus?.startsWith("allowed")) return [];
  const limit: Limit = {
    limit: "usage",
    why: "the account's allowance is used up",
    reopens: typeof info.resetsAt === "number" ? isoTime(info.resetsAt) : null,
  };
  return [{ kind: "limit", ...limit } as const];
}

function readResult(said: Result): readonly AgentEvent[] {
  const usage = usageOf(said);
  return [
    ...said.permission_denials.map(
      (it): AgentEvent => ({
        kind: "denied",
        call: it.tool_use_id,
        tool: it.tool_name,
        why: detailOf(it.tool_input),
      }),
    ),
    ...(usage === undefined ? [] : [usage]),
    { kind: "turn-ended", outcome: outcomeOf(said) },
  ];
}

/**
 * Reads the usage. `modelUsage` and the cost are totals of the session; `usage` is of this process
 * alone.
 */
function usageOf({ modelUsage: models = {}, total_cost_usd }: Result): AgentEvent | undefined {
  const used = Object.values(models);
  if (used.length === 0) return undefined;
  const sum = (figure: (model: z.infer<typeof modelUsage>) => number): number =>
    used.reduce((total, model) => total + figure(model), 0);
  const session = {
    inputTokens: sum(
      (model) => model.inputTokens + model.cacheReadInputTokens + model.cacheCreationInputTokens,
    ),
    outputTokens: sum((model) => model.outputTokens),
    costUsd: total_cost_usd ?? null,
  };
  return { kind: "usage", session };
}

/**
 * Decides how a turn ended, never by `subtype` alone: a turn that ended on a 429 calls itself a
 * success.
 */
function outcomeOf(said: Result): TurnOutcome {
  if (!said.is_error && said.subtype === "success") return { kind: "finished" };
  const why = said.result ?? said.errors?.join("; ") ?? said.terminal_reason ?? said.subtype;
  if (said.terminal_reason === "prompt_too_long") return { kind: "exhausted", why };
  return claudeOutcome(why, said.api_error_status ?? 0);
}

/**
 * Decides how a turn ended that its program calls an error.
 * @param status the status of its API, as far as it is told; undefined: its words decide
 */
export function claudeOutcome(why: string, status: number | undefined): TurnOutcome {
  if (/prompt is too long|context (?:window|limit)/i.test(why)) return { kind: "exhausted", why };
  if (status === 401 || status === 403) return { kind: "unauthorised", why };
  const isUsage = /usage limit|limit reached|hit your [\w -]*limit/i.test(why);
  if (status === 429 || (status === undefined && isUsage)) {
    return { kind: "limited", limit: isUsage ? "usage" : "rate", why, reopens: null };
  }
  return { kind: "failed", why };
}

const isoTime = (seconds: number): string | null => {
  const time = new Date(seconds * 1_000);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
};
