import { basename, join } from "node:path";
import { z } from "zod";
import { parseJson } from "../../ground/json.ts";
import type { SessionRecords } from "../conversation.ts";
import { detailOf, pathsOf } from "../hooks.ts";
import { type RecordEvent, type RecordReader, timeIn, UsageTally } from "../record.ts";
import { claudeOutcome } from "./stream.ts";

const recorded = z.union([
  z.object({ type: z.literal("user"), uuid: z.string(), message: z.unknown().optional() }),
  z.object({
    type: z.literal("attachment"),
    attachment: z.object({
      type: z.string().optional(),
      source_uuid: z.string().optional(),
      content: z.unknown().optional(),
    }),
  }),
]);

/**
 * The records in `projects/<folder>/<session>.jsonl`, and `<session>/subagents/` beside it: a
 * message that begins a turn stands there by its id, a message into a running turn by its source; a
 * typed message, or a hook's, by the id in its text.
 */
export const claudeRecords: SessionRecords = {
  folder(env) {
    const own = env["CLAUDE_CONFIG_DIR"] ?? (env["HOME"] && join(env["HOME"], ".claude"));
    return own ? join(own, "projects") : undefined;
  },
  isOf: (file, session) => basename(file) === `${session}.jsonl`,
  apart: (file) => join(file.replace(/\.jsonl$/, ""), "subagents"),
  shows(line, utterance) {
    if (!line.includes(utterance)) return false;
    const said = recorded.safeParse(parseJson(line)).data;
    if (said?.type === "user") return said.uuid === utterance || holds(said.message, utterance);
    const { type, source_uuid, content } = said?.attachment ?? {};
    const isTold = type === "hook_additional_context" || type === "queued_command";
    return source_uuid === utterance || (isTold && holds(content, utterance));
  },
  reader: claudeReader,
};

const holds = (value: unknown, text: string): boolean =>
  JSON.stringify(value)?.includes(text) ?? false;

const base = z.object({
  type: z.string(),
  subtype: z.string().optional(),
  timestamp: z.string().optional(),
  isSidechain: z.boolean().optional().catch(undefined),
  agentId: z.string().optional().catch(undefined),
  isMeta: z.boolean().optional().catch(undefined),
  isCompactSummary: z.boolean().optional().catch(undefined),
});
type Base = z.infer<typeof base>;

const part = z.union([
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({
    type: z.literal("tool_use"),
    id: z.string(),
    name: z.string(),
    input: z.record(z.string(), z.unknown()).catch({}),
  }),
  z.object({ type: z.literal("tool_result"), tool_use_id: z.string() }),
  z.object({ type: z.string() }),
]);

const count = z.number().catch(0);

const answer = z.object({
  message: z.object({
    id: z.string(),
    model: z.string().catch(""),
    content: z.array(part),
    usage: z
      .object({
        input_tokens: count,
        output_tokens: count,
        cache_creation_input_tokens: count,
        cache_read_input_tokens: count,
      })
      .optional()
      .catch(undefined),
  }),
  isApiErrorMessage: z.boolean().optional(),
  apiErrorStatus: z.number().optional().catch(undefined),
});

const said = z.object({
  message: z.object({ content: z.union([z.string(), z.array(part)]) }),
});

const turnOver = z.object({ pendingBackgroundAgentCount: count });

const cost = z.object({
  totalCostUSD: z.number(),
  modelUsage: z.record(
    z.string(),
    z.object({
      inputTokens: count,
      outputTokens: count,
      cacheReadInputTokens: count,
      cacheCreationInputTokens: count,
    }),
  ),
});

/** The program's own notes: titles, modes, requests, snapshots of files. */
const quiet = new RegExp(
  `^(?:attachment|progress|summary|mode|tag|relocated|api-request[a-z-]*|file-history-\\w+|[\\w-]*latch|${[
    "permission-mode|last-prompt|tools-used|queue-operation|custom-title|ai-title|agent-(?:name|color|setting)",
    "pr-link|worktree-state|bridge-session|session-owner|frame-link|observer-ref|continued-in|resume-head-vouch",
    "attribution-snapshot|content-replacement|data-flow-\\w+|derived-from|dev-mods|memory-mode|fork-context-ref",
    "history-suppression|ended-by-model|artifact-[a-z-]+|repl-mode|hybrid-organization",
  ].join("|")}|system/(?!turn_duration|api_error)\\w+)$`,
);

/** Whether a call starts a sub-agent, whose own records tell the call's end. */
const startsSubAgent = (tool: string): boolean => tool === "Agent" || tool === "Task";

function claudeReader(): RecordReader {
  const tally = new UsageTally();
  const usage = (): RecordEvent => ({ kind: "usage", session: tally.usage });

  const readAnswer = (line: Base, raw: unknown): readonly RecordEvent[] | undefined => {
    const read = answer.safeParse(raw).data;
    if (read === undefined) return undefined;
    const { message } = read;
    const subAgent = speaker(line);
    if (read.isApiErrorMessage === true) {
      const why = message.content.flatMap((one) => ("text" in one ? [one.text] : [])).join("\n");
      if (subAgent !== null) return [{ kind: "message", text: why, subAgent }];
      return [{ kind: "turn-ended", outcome: claudeOutcome(why, read.apiErrorStatus) }];
    }
    // An answer that Claude Code adds by itself, to close what a killed process left open.
    if (message.model === "<synthetic>") return [];
    const events = message.content.flatMap((one) => readPart(one, subAgent));
    if (message.usage === undefined) return events;
    const { input_tokens: fresh, output_tokens: outputTokens, ...cached } = message.usage;
    const { cache_creation_input_tokens: written, cache_read_input_tokens: reread } = cached;
    const used = { inputTokens: fresh + written + reread, outputTokens };
    tally.answer(message.id, used, subAgent === null ? "itself" : "sub-agent");
    return [...events, usage()];
  };

  const readCost = (raw: unknown): readonly RecordEvent[] | undefined => {
    const read = cost.safeParse(raw).data;
    if (read === undefined) return undefined;
    const models = Object.values(read.modelUsage);
    const sum = (figure: (one: (typeof models)[number]) => number): number =>
      models.reduce((total, one) => total + figure(one), 0);
    tally.total({
      inputTokens: sum(
        (one) => one.inputTokens + one.cacheReadInputTokens + one.cacheCreationInputTokens,
      ),
      outputTokens: sum((one) => one.outputTokens),
      costUsd: read.totalCostUSD,
    });
    return [usage()];
  };

  const readKnown = (line: Base, raw: unknown): readonly RecordEvent[] | undefined => {
    const name = line.type === "system" ? `system/${line.subtype}` : line.type;
    switch (name) {
      case "assistant":
        return readAnswer(line, raw);
      case "user":
        return readSaid(line, raw);
      case "cost-state":
        return readCost(raw);
      case "system/turn_duration":
        return speaker(line) === null ? readTurnOver(raw) : [];
      case "system/api_error":
        return [{ kind: "retrying", why: "an error of its model" }];
      default:
        return quiet.test(name) ? [] : undefined;
    }
  };

  return {
    read(raw) {
      const parsed = parseJson(raw);
      const line = base.safeParse(parsed).data;
      if (line === undefined) return { at: null, events: [{ kind: "unknown", raw }] };
      const events = readKnown(line, parsed) ?? [{ kind: "unknown", raw }];
      return { at: timeIn(line.timestamp), events };
    },
  };
}

const speaker = ({ isSidechain, agentId }: Base): string | null =>
  isSidechain === true ? (agentId ?? "sub-agent") : null;

function readPart(one: z.infer<typeof part>, subAgent: string | null): readonly RecordEvent[] {
  if ("text" in one) return [{ kind: "message", text: one.text, subAgent }];
  if (!("input" in one)) return [];
  const { id: call, name: tool, input } = one;
  const detail = detailOf(input);
  const told = { kind: "tool", tool, paths: pathsOf(input), detail, subAgent } as const;
  if (subAgent !== null || startsSubAgent(tool)) return [told];
  return [told, { kind: "called", call, words: `${tool} ${detail}`.trimEnd() }];
}

function readSaid(line: Base, raw: unknown): readonly RecordEvent[] | undefined {
  const content = said.safeParse(raw).data?.message.content;
  if (content === undefined) return undefined;
  if (speaker(line) !== null) return [];
  const parts = typeof content === "string" ? [{ type: "text", text: content }] : content;
  const isNote = line.isMeta === true || line.isCompactSummary === true;
  const isPrompt = !isNote && parts.some((one) => "text" in one && !isOwnNote(one.text));
  return [
    ...parts.flatMap((one): readonly RecordEvent[] => {
      if ("tool_use_id" in one) return [{ kind: "returned", call: one.tool_use_id }];
      return "text" in one && isBreak(one.text) ? [{ kind: "interrupted" }] : [];
    }),
    ...(isPrompt ? [{ kind: "turn-started" } as const] : []),
  ];
}

const isBreak = (text: string): boolean => text.startsWith("[Request interrupted by user");
/** Whether a text is the note of a person's own command (`/exit`), or of an interrupted turn. */
const isOwnNote = (text: string): boolean =>
  isBreak(text) || /^\s*<(?:local-command|command-)/.test(text);

function readTurnOver(raw: unknown): readonly RecordEvent[] {
  const running = turnOver.safeParse(raw).data?.pendingBackgroundAgentCount ?? 0;
  if (running > 0) return [{ kind: "background", running }];
  return [{ kind: "turn-ended", outcome: { kind: "finished" } }];
}
