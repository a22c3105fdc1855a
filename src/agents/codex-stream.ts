import { z } from "zod";
import type { AgentEvent, TurnOutcome } from "./event.ts";

/* The output of `codex exec --json`, one JSON value a line. Only what is read is described. */

const item = z.union([
  z.object({ type: z.literal("agent_message"), text: z.string() }),
  z.object({ type: z.literal("command_execution"), command: z.string() }),
  z.object({
    type: z.literal("file_change"),
    changes: z.array(z.object({ path: z.string(), kind: z.string() })),
  }),
  z.object({ type: z.literal("mcp_tool_call"), server: z.string(), tool: z.string() }),
  z.object({ type: z.literal("web_search"), query: z.string().catch("") }),
  z.object({ type: z.literal("error"), message: z.string() }),
  z.object({ type: z.enum(["reasoning", "todo_list"]) }),
]);
type Item = z.infer<typeof item>;

const line = z.union([
  z.object({ type: z.literal("thread.started"), thread_id: z.string() }),
  z.object({ type: z.literal("turn.started") }),
  z.object({ type: z.enum(["item.started", "item.completed"]), item }),
  z.object({ type: z.literal("item.updated") }),
  z.object({
    type: z.literal("turn.completed"),
    usage: z.object({ input_tokens: z.number(), output_tokens: z.number() }),
  }),
  z.object({ type: z.literal("turn.failed"), error: z.object({ message: z.string() }) }),
  z.object({ type: z.literal("error"), message: z.string() }),
]);

/** Reads a line of Codex's stream. Pure; what is not known is `unknown`. */
export function readCodexLine(raw: string): readonly AgentEvent[] {
  const said = line.safeParse(parseJson(raw)).data;
  if (said === undefined) return [{ kind: "unknown", raw }];
  switch (said.type) {
    case "thread.started":
      return [{ kind: "session", session: said.thread_id, model: null, version: null }];
    case "turn.started":
      return [{ kind: "turn-started" }];
    case "item.started":
    case "item.completed":
      return readItem(said.item, said.type === "item.started");
    case "item.updated":
      return [];
    case "turn.completed": {
      const { input_tokens: inputTokens, output_tokens: outputTokens } = said.usage;
      return [
        { kind: "usage", session: { inputTokens, outputTokens, costUsd: null } },
        { kind: "turn-ended", outcome: { kind: "finished" } },
      ];
    }
    case "turn.failed":
      return [{ kind: "turn-ended", outcome: codexOutcome(said.error.message) }];
    case "error":
      // Followed by `turn.failed` when it is the end.
      return /^Reconnecting/.test(said.message)
        ? [{ kind: "retrying", why: said.message }]
        : [{ kind: "warning", text: said.message }];
  }
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

/** Each item is told once: a tool when it starts, a change or a message when it is there. */
function readItem(part: Item, started: boolean): readonly AgentEvent[] {
  const none = { paths: [], subAgent: null } as const;
  switch (part.type) {
    case "agent_message":
      return started ? [] : [{ kind: "message", text: part.text, subAgent: null }];
    case "command_execution":
      return started ? [{ kind: "tool", tool: "shell", detail: part.command, ...none }] : [];
    case "mcp_tool_call": {
      const tool = `${part.server}.${part.tool}`;
      return started ? [{ kind: "tool", tool, detail: "", ...none }] : [];
    }
    case "web_search":
      return started ? [] : [{ kind: "tool", tool: "search", detail: part.query, ...none }];
    case "file_change": {
      const paths = part.changes.map(({ path }) => path);
      return started ? [] : [{ kind: "tool", tool: "edit", paths, detail: "", subAgent: null }];
    }
    case "error":
      return started ? [] : [{ kind: "warning", text: part.message }];
    case "reasoning":
    case "todo_list":
      return [];
  }
}

/** There is no status and no time as a field: the words decide. */
export function codexOutcome(why: string): TurnOutcome {
  if (/usage limit/i.test(why)) return { kind: "limited", limit: "usage", why, reopens: null };
  if (/quota exceeded/i.test(why)) return { kind: "limited", limit: "quota", why, reopens: null };
  if (/\b429\b/.test(why)) return { kind: "limited", limit: "rate", why, reopens: null };
  if (/\b401\b|unauthorized/i.test(why)) return { kind: "unauthorised", why };
  if (/context window/i.test(why)) return { kind: "exhausted", why };
  return { kind: "failed", why };
}
