import { z } from "zod";
import { parseJson } from "../../ground/json.ts";
import type { AgentEvent, Limit, TurnOutcome } from "../event.ts";

/*
 * The notifications of `codex app-server`, one a line. Only the fields that are read are described;
 * notifications that need a memory (messages heard, usage) are read by the speaker, which keeps it.
 */

/** A notification, which has no answer. */
export interface Notification {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * The notifications that are not wanted: they repeat what others say, or are about programs with
 * windows.
 */
export const unwanted: readonly string[] = Object.entries({
  account: ["login/completed", "updated"],
  app: ["list/updated"],
  autoApprovalReview: ["strictReviewRequired"],
  hook: ["completed", "started"],
  item: [
    ...["agentMessage/delta", "autoApprovalReview/completed", "autoApprovalReview/started"],
    ...["commandExecution/outputDelta", "commandExecution/terminalInteraction"],
    ...["fileChange/outputDelta", "fileChange/patchUpdated", "mcpToolCall/progress", "plan/delta"],
    ...["reasoning/summaryPartAdded", "reasoning/summaryTextDelta", "reasoning/textDelta"],
  ],
  mcpServer: ["event/stream/notification", "oauthLogin/completed", "startupStatus/updated"],
  model: ["rerouted", "safetyBuffering/updated", "verification"],
  modelProvider: ["authRecoveryCompleted", "authRecoveryStarted"],
  project: ["changed"],
  rawResponse: ["completed"],
  rawResponseItem: ["completed"],
  remoteControl: ["status/changed"],
  skills: ["changed"],
  thread: [
    ...["archived", "attachment/updated", "compacted", "deleted", "environment/connected"],
    ...["environment/disconnected", "name/updated"],
    ...["prediction/updated", "project/updated", "queue/changed", "readState/changed"],
    ...["reverted", "section/changed", "settings/updated", "started", "status/changed"],
    "unarchived",
  ],
  turn: ["diff/updated", "moderationMetadata", "plan/updated"],
}).flatMap(([about, names]) => names.map((name) => `${about}/${name}`));

/** The notifications that the speaker reads. */
const remembered = [
  ...["account/rateLimits/updated", "serverRequest/resolved", "thread/closed"],
  ...["thread/goal/cleared", "thread/goal/updated", "thread/tokenUsage/updated"],
];
const silent = new Set([...unwanted, ...remembered]);

const item = z.union([
  z.object({ type: z.literal("agentMessage"), text: z.string() }),
  z.object({
    type: z.literal("commandExecution"),
    id: z.string(),
    command: z.string(),
    status: z.string(),
  }),
  z.object({
    type: z.literal("fileChange"),
    id: z.string(),
    changes: z.array(z.object({ path: z.string() })),
    status: z.string(),
  }),
  z.object({
    type: z.literal("mcpToolCall"),
    id: z.string(),
    server: z.string(),
    tool: z.string(),
    error: z.object({ message: z.string() }).nullish(),
  }),
  z.object({
    type: z.literal("collabAgentToolCall"),
    tool: z.string(),
    prompt: z.string().nullish(),
  }),
  z.object({ type: z.literal("webSearch"), query: z.string().catch("") }),
  z.object({ type: z.literal("imageView"), path: z.string() }),
  z.object({
    type: z.enum([
      ...([
        "contextCompaction",
        "dynamicToolCall",
        "enteredReviewMode",
        "exitedReviewMode",
      ] as const),
      ...(["functionCallOutput", "hookPrompt", "imageGeneration", "plan", "reasoning"] as const),
      ...(["sleep", "subAgentActivity", "userMessage"] as const),
    ]),
  }),
]);
type Item = z.infer<typeof item>;

const failure = z.object({ message: z.string(), codexErrorInfo: z.unknown().optional() });
const ofItem = z.object({ item });
const ofTurn = z.object({
  turn: z.object({ status: z.string(), error: failure.nullish() }),
});
const ofError = z.object({
  error: failure.extend({ additionalDetails: z.string().nullish() }),
  willRetry: z.boolean(),
});
const ofWarning = z.union([z.object({ message: z.string() }), z.object({ summary: z.string() })]);

const notice = z.object({
  method: z.string(),
  params: z.record(z.string(), z.unknown()).catch({}),
});

/**
 * Reads a line as far as it says something by itself. Pure; a line that is not known is `unknown`.
 */
export function readCodexLine(raw: string): readonly AgentEvent[] {
  const said = notice.safeParse(parseJson(raw)).data;
  return (said && readNotification(said, null)) ?? [{ kind: "unknown", raw }];
}

/**
 * Reads a notification; `subAgent` is the speaking sub-agent. Pure; undefined when it is not known.
 */
export function readNotification(
  { method, params }: Notification,
  subAgent: string | null,
): readonly AgentEvent[] | undefined {
  switch (method) {
    case "turn/started":
      return [{ kind: "turn-started" }];
    case "turn/completed":
      return map(ofTurn.safeParse(params).data, ({ turn }) => [
        { kind: "turn-ended", outcome: outcomeOf(turn) },
      ]);
    case "item/started":
    case "item/completed":
      return map(ofItem.safeParse(params).data, (it) =>
        readItem(it.item, { isStarted: method === "item/started", subAgent }),
      );
    case "error":
      return map(ofError.safeParse(params).data, ({ error, willRetry }) => {
        const text = error.additionalDetails ?? error.message;
        // An error without a retry ends the turn, whose end tells it.
        return willRetry ? [{ kind: "retrying", why: text }] : [];
      });
    case "configWarning":
    case "deprecationNotice":
    case "guardianWarning":
    case "warning":
      return map(ofWarning.safeParse(params).data, (it) => [
        { kind: "warning", text: "message" in it ? it.message : it.summary },
      ]);
    default:
      return silent.has(method) ? [] : undefined;
  }
}

function map<In, Out>(value: In | undefined, read: (value: In) => Out): Out | undefined {
  return value === undefined ? undefined : read(value);
}

interface Telling {
  readonly isStarted: boolean;
  readonly subAgent: string | null;
}

/**
 * Reads an item. Each item is told once: a tool when it starts, a change or a message when it is
 * complete.
 */
function readItem(part: Item, { isStarted, subAgent }: Telling): readonly AgentEvent[] {
  const tool = (name: string, about: { detail?: string; paths?: readonly string[] }) =>
    [{ kind: "tool", tool: name, detail: "", paths: [], ...about, subAgent }] as const;
  const denied = (call: string, name: string, why: string) =>
    [{ kind: "denied", call, tool: name, why }] as const;
  switch (part.type) {
    case "agentMessage":
      return isStarted ? [] : [{ kind: "message", text: part.text, subAgent }];
    case "commandExecution": {
      const detail = plainCommand(part.command);
      if (isStarted) return tool("shell", { detail });
      return part.status === "declined" ? denied(part.id, "shell", detail) : [];
    }
    case "fileChange": {
      const paths = part.changes.map(({ path }) => path);
      if (isStarted) return [];
      if (part.status === "declined") return denied(part.id, "edit", paths.join(" "));
      return tool("edit", { paths });
    }
    case "mcpToolCall": {
      const name = `${part.server}.${part.tool}`;
      if (isStarted) return tool(name, {});
      const why = part.error?.message ?? "";
      return /requires approval/.test(why) ? denied(part.id, name, why) : [];
    }
    case "collabAgentToolCall":
      return isStarted ? tool(part.tool, { detail: part.prompt ?? "" }) : [];
    case "webSearch":
      return isStarted ? [] : tool("search", { detail: part.query });
    case "imageView":
      return isStarted ? [] : tool("view", { paths: [part.path] });
    default:
      return [];
  }
}

/** Unwraps `/bin/bash -lc 'words'`; a command with other quoting stays whole. */
export function plainCommand(command: string): string {
  const [, quoted, bare] = /^\S*sh -l?c (?:'([^']*)'|([\w./-]+))$/.exec(command) ?? [];
  return quoted ?? bare ?? command;
}

function outcomeOf({ status, error }: z.infer<typeof ofTurn>["turn"]): TurnOutcome {
  if (status === "completed") return { kind: "finished" };
  if (status === "interrupted") return { kind: "failed", why: "it was interrupted" };
  const why = error?.message ?? status;
  return codexOutcome(why, error?.codexErrorInfo);
}

const byName: Readonly<Record<string, Limit["limit"] | "exhausted" | "unauthorised">> = {
  contextWindowExceeded: "exhausted",
  rateLimitExceeded: "rate",
  unauthorized: "unauthorised",
  usageLimitExceeded: "usage",
};
const byStatus: typeof byName = { 401: "unauthorised", 429: "rate" };
const byWords: readonly (readonly [RegExp, (typeof byName)[string]])[] = [
  [/usage limit/i, "usage"],
  [/\b429\b/, "rate"],
  [/\b401\b|unauthorized/i, "unauthorised"],
  [/context window/i, "exhausted"],
];

const withStatus = z.record(z.string(), z.object({ httpStatusCode: z.number().nullish() }));

/**
 * Decides how a turn with an error ended. Pure.
 * @param info Codex's field for the kind of error; where the field says nothing, the words decide
 */
export function codexOutcome(why: string, info?: unknown): TurnOutcome {
  const [status] = Object.values(withStatus.safeParse(info).data ?? {});
  const told = typeof info === "string" ? byName[info] : byStatus[status?.httpStatusCode ?? 0];
  const isTold = typeof info === "string" ? info !== "other" : status?.httpStatusCode != null;
  const kind = isTold ? told : byWords.find(([words]) => words.test(why))?.[1];
  // The field calls an exceeded quota a usage limit, too.
  if (/quota exceeded/i.test(why)) return { kind: "limited", limit: "quota", why, reopens: null };
  if (kind === undefined) return { kind: "failed", why };
  if (kind === "exhausted" || kind === "unauthorised") return { kind, why };
  return { kind: "limited", limit: kind, why, reopens: null };
}
