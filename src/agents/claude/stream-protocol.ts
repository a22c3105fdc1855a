import { z } from "zod";
import { parseJson } from "../../ground/json.ts";
import type { HeardLine, StreamProtocol, Utterance } from "../conversation.ts";
import type { AgentEvent } from "../event.ts";
import type { Input } from "../hooks.ts";
import { claudeAskOf, claudeDecision } from "./asks.ts";
import { readClaudeLine } from "./stream.ts";

/*
 * Claude Code with `--input-format stream-json`: a line of JSON for each message, and its control
 * protocol, by which it asks for permissions (`--permission-prompt-tool stdio`) and is interrupted.
 */

const request = z.object({
  type: z.literal("control_request"),
  request_id: z.string(),
  request: z.object({
    subtype: z.string(),
    tool_name: z.string().catch(""),
    tool_use_id: z.string().optional(),
    input: z.record(z.string(), z.unknown()).catch({}),
  }),
});

const cancelled = z.object({
  type: z.literal("control_cancel_request"),
  request_id: z.string(),
});

const lifecycle = z.object({
  type: z.literal("command_lifecycle"),
  command_uuid: z.string(),
  state: z.string(),
});

const results = z.object({
  type: z.literal("user"),
  message: z.object({
    content: z.array(
      z.object({
        type: z.string(),
        tool_use_id: z.string().optional(),
        is_error: z.boolean().optional(),
      }),
    ),
  }),
});

const response = z.object({ type: z.literal("control_response") });

const spoken = z.union([request, cancelled, lifecycle, results, response]);

/** A call that waits for an answer, or has been answered and has not reported its result. */
interface OpenCall {
  readonly request: string;
  readonly tool: string;
  readonly input: Input;
  readonly answered: "no" | "allowed" | "refused";
}

/** Opens a conversation with Claude Code. */
export function claudeSpeaker(): StreamProtocol {
  const calls = new Map<string, OpenCall>();
  let interrupts = 0;

  const hearSpoken = (said: z.infer<typeof spoken>): HeardLine | undefined => {
    switch (said.type) {
      case "control_request":
        return asked(said);
      case "control_cancel_request":
        return { events: closeWhere(({ request }) => request === said.request_id), reply: [] };
      case "command_lifecycle":
        return { events: heardOf(said), reply: [] };
      case "user":
        return { events: said.message.content.flatMap(resultOf), reply: [] };
      case "control_response":
        return { events: [], reply: [] };
    }
  };

  const asked = (said: z.infer<typeof request>): HeardLine => {
    const { subtype, tool_name: tool, tool_use_id, input } = said.request;
    if (subtype !== "can_use_tool") {
      return { events: [], reply: [control(said.request_id, { error: "not supported" })] };
    }
    const call = tool_use_id ?? said.request_id;
    calls.set(call, { request: said.request_id, tool, input, answered: "no" });
    return { events: [{ kind: "asked", call, tool, ...claudeAskOf(input) }], reply: [] };
  };

  const closeWhere = (isIt: (call: OpenCall) => boolean): readonly AgentEvent[] =>
    [...calls].flatMap(([call, open]) => {
      if (!isIt(open)) return [];
      calls.delete(call);
      return [{ kind: "ask-closed", call, how: "withdrawn" } as const];
    });

  const resultOf = (part: { readonly tool_use_id?: string | undefined }): readonly AgentEvent[] => {
    const call = part.tool_use_id ?? "";
    const open = calls.get(call);
    if (open === undefined) return [];
    calls.delete(call);
    const how = { no: "withdrawn", allowed: "went-on", refused: "refused" } as const;
    return [{ kind: "ask-closed", call, how: how[open.answered] }, ...stillAsked(calls)];
  };

  return {
    open: (first) => [userLine(first)],
    say: (utterance) => [userLine(utterance)],
    interrupt: () => {
      interrupts += 1;
      const request_id = `interrupt-${interrupts}`;
      return [json({ type: "control_request", request_id, request: { subtype: "interrupt" } })];
    },
    hear(line) {
      const said = spoken.safeParse(parseJson(line)).data;
      return (said && hearSpoken(said)) ?? { events: readClaudeLine(line), reply: [] };
    },
    answer(call, answer) {
      const open = calls.get(call);
      if (open === undefined || open.answered !== "no") return undefined;
      const decision = claudeDecision(open.input, answer);
      const isAllowed = decision["behavior"] === "allow";
      calls.set(call, { ...open, answered: isAllowed ? "allowed" : "refused" });
      return [control(open.request, { response: decision })];
    },
  };
}

/** Repeats the first ask that waits beside a closed call: it is the ask that counts now. */
function stillAsked(calls: ReadonlyMap<string, OpenCall>): readonly AgentEvent[] {
  const [first] = [...calls].filter(([, { answered }]) => answered === "no");
  if (first === undefined) return [];
  const [call, { tool, input }] = first;
  return [{ kind: "asked", call, tool, ...claudeAskOf(input) }];
}

const json = (value: object): string => JSON.stringify(value);

const userLine = ({ id, text }: Utterance): string =>
  json({ type: "user", uuid: id, message: { role: "user", content: text } });

function control(request_id: string, content: { response: object } | { error: string }): string {
  const subtype = "error" in content ? "error" : "success";
  return json({ type: "control_response", response: { subtype, request_id, ...content } });
}

/**
 * Reads the fate of a message. A message it has had before is `completed` at once, without having
 * been queued.
 */
function heardOf(said: z.infer<typeof lifecycle>): readonly AgentEvent[] {
  const { command_uuid: utterance, state } = said;
  if (state === "queued") return [{ kind: "heard", utterance, how: "queued" }];
  const isTaken = state === "started" || state === "completed";
  return isTaken ? [{ kind: "heard", utterance, how: "taken" }] : [];
}
