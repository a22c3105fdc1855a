import { basename, join } from "node:path";
import { z } from "zod";
import { parseJson } from "../../ground/json.ts";
import type { SessionRecords } from "../conversation.ts";
import { patchedPaths } from "../hooks.ts";
import { type RecordEvent, type RecordReader, timeIn, UsageTally } from "../record.ts";
import { codexOutcome } from "./stream.ts";

/**
 * The records in `sessions/YEAR/MONTH/DAY/rollout-TIME-<session>.jsonl`: words from hooks stand in
 * them verbatim.
 */
export const codexRecords: SessionRecords = {
  folder(env) {
    const own = env["CODEX_HOME"] ?? (env["HOME"] && join(env["HOME"], ".codex"));
    return own ? join(own, "sessions") : undefined;
  },
  isOf: (file, session) => basename(file).endsWith(`-${session}.jsonl`),
  shows: (line, utterance) => line.includes(utterance),
  reader: codexReader,
};

const base = z.object({
  timestamp: z.string().optional(),
  type: z.string(),
  payload: z.object({ type: z.string().optional() }),
});

const tokens = z.object({ input_tokens: z.number(), output_tokens: z.number() });
const answered = z.object({ payload: z.object({ response_id: z.string(), usage: tokens }) });
const counted = z.object({
  payload: z.object({ info: z.object({ total_token_usage: tokens }).nullable() }),
});

const message = z.object({
  payload: z.object({
    role: z.string(),
    content: z.array(z.object({ text: z.string().optional().catch(undefined) })),
  }),
});

const text = z.string().catch("");
const call = z.object({
  payload: z.object({
    call_id: z.string(),
    name: text,
    /** The input as JSON; of a custom tool, in any form. */
    arguments: text,
    input: text,
    action: z.object({ command: z.array(z.string()) }).optional(),
  }),
});
const output = z.object({ payload: z.object({ call_id: z.string() }) });
const command = z
  .object({ cmd: z.string() })
  .or(z.object({ command: z.union([z.string(), z.array(z.string())]) }));

const complete = z.object({
  payload: z.object({ error: z.object({ message: z.string() }).nullish() }),
});
const aborted = z.object({ payload: z.object({ reason: z.string().catch("interrupted") }) });

/** Lines that repeat what other lines say, and the program's own notes. */
const quiet =
  /^(?:session_meta|turn_context|world_state|compacted|security_risk_score|realtime_item|response_item\/\w+|event_msg\/(?:item_\w+|thread_\w+|user_message|agent_\w+|exec_command_\w+|patch_apply_\w+|mcp_tool_call_\w+|web_search_\w+|context_compacted|entered_review_mode|exited_review_mode|undo_\w+|background_event|warning|plan_\w+|turn_diff|view_image_tool_call|token_count))$/;

function codexReader(): RecordReader {
  const tally = new UsageTally();
  let countsAnswers = false;
  const usage = (): readonly RecordEvent[] => [{ kind: "usage", session: tally.usage }];

  /** Counts each answer as it comes; a version that tells no answers has its running total. */
  const readAnswered = (raw: unknown): readonly RecordEvent[] | undefined => {
    const told = answered.safeParse(raw).data?.payload;
    if (told === undefined) return undefined;
    countsAnswers = true;
    tally.answer(told.response_id, tokensOf(told.usage));
    return usage();
  };
  const readCounted = (raw: unknown): readonly RecordEvent[] | undefined => {
    const told = counted.safeParse(raw).data?.payload;
    if (told === undefined) return undefined;
    if (countsAnswers || told.info === null) return [];
    tally.answer("total", tokensOf(told.info.total_token_usage));
    return usage();
  };

  const readKnown = (name: string, raw: unknown): readonly RecordEvent[] | undefined => {
    switch (name) {
      case "token_usage_record":
        return readAnswered(raw);
      case "event_msg/token_count":
        return readCounted(raw);
      case "event_msg/task_started":
      case "event_msg/turn_started":
        return [{ kind: "turn-started" }];
      case "event_msg/task_complete":
      case "event_msg/turn_complete":
        return readComplete(raw);
      case "event_msg/turn_aborted":
        return aborted.safeParse(raw).data?.payload.reason === "interrupted"
          ? [{ kind: "interrupted" }]
          : [];
      case "event_msg/stream_error":
        return [{ kind: "retrying", why: "its stream broke off" }];
      case "response_item/message":
        return readMessage(raw);
      case "response_item/function_call":
      case "response_item/custom_tool_call":
      case "response_item/local_shell_call":
        return readCall(raw);
      case "response_item/function_call_output":
      case "response_item/custom_tool_call_output":
        return readOutput(raw);
      default:
        return quiet.test(name) ? [] : undefined;
    }
  };

  return {
    read(raw) {
      const parsed = parseJson(raw);
      const line = base.safeParse(parsed).data;
      if (line === undefined) return { at: null, events: [{ kind: "unknown", raw }] };
      const { type, payload, timestamp } = line;
      const hasKinds = type === "event_msg" || type === "response_item";
      const name = hasKinds ? `${type}/${payload.type}` : type;
      const events = readKnown(name, parsed) ?? [{ kind: "unknown", raw }];
      return { at: timeIn(timestamp), events };
    },
  };
}

const tokensOf = (told: z.infer<typeof tokens>) => ({
  inputTokens: told.input_tokens,
  outputTokens: told.output_tokens,
});

function readMessage(raw: unknown): readonly RecordEvent[] | undefined {
  const told = message.safeParse(raw).data?.payload;
  if (told === undefined) return undefined;
  const said = told.content.flatMap((one) => one.text ?? []).join("\n");
  const isSaid = told.role === "assistant" && said !== "";
  return isSaid ? [{ kind: "message", text: said, subAgent: null }] : [];
}

function readCall(raw: unknown): readonly RecordEvent[] | undefined {
  const told = call.safeParse(raw).data?.payload;
  if (told === undefined) return undefined;
  const { tool, paths, detail } = toolOf(told);
  const about = detail === "" ? paths.join(" ") : detail;
  return [
    { kind: "tool", tool, paths, detail, subAgent: null },
    { kind: "called", call: told.call_id, words: `${tool} ${about}`.trimEnd() },
  ];
}

function toolOf(told: z.infer<typeof call>["payload"]) {
  const line = told.action ?? command.safeParse(parseJson(told.arguments)).data;
  if (line !== undefined) {
    const words = "cmd" in line ? line.cmd : line.command;
    return {
      tool: "shell",
      paths: [],
      detail: typeof words === "string" ? words : words.join(" "),
    };
  }
  const paths = patchedPaths(told.input);
  if (paths.length > 0) return { tool: "edit", paths, detail: "" };
  return { tool: told.name, paths, detail: told.input };
}

function readOutput(raw: unknown): readonly RecordEvent[] | undefined {
  const told = output.safeParse(raw).data?.payload;
  return told === undefined ? undefined : [{ kind: "returned", call: told.call_id }];
}

function readComplete(raw: unknown): readonly RecordEvent[] {
  const why = complete.safeParse(raw).data?.payload.error?.message;
  const outcome = why === undefined ? ({ kind: "finished" } as const) : codexOutcome(why);
  return [{ kind: "turn-ended", outcome }];
}
