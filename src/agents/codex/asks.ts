import { z } from "zod";
import type { Answer } from "../conversation.ts";
import type { AgentAsk } from "../event.ts";
import { partsOf, questionAsk } from "../questions.ts";
import { plainCommand } from "./stream.ts";

/*
 * The questions of `codex app-server` to a person: each is a request that waits for its response.
 */

/** A request that waits for a person, and the response for each answer. Pure. */
export interface CodexAsk {
  readonly ask: AgentAsk;
  /** The turn that waits; null when none is named. */
  readonly turn: string | null;
  readonly respond: (answer: Answer) => Response;
}

export interface Response {
  readonly result: object;
  readonly isRefused: boolean;
}

const common = z.object({
  turnId: z.string().nullish(),
  itemId: z.string().optional(),
  approvalId: z.string().nullish(),
  reason: z.string().nullish(),
});

const command = z.object({
  kind: z.string().optional(),
  command: z.string().nullish(),
  networkApprovalContext: z.object({ host: z.string(), protocol: z.string() }).nullish(),
});
const change = z.object({ grantRoot: z.string().nullish() });
const permissions = z.object({
  permissions: z.object({
    network: z.object({}).loose().nullish(),
    fileSystem: z.object({}).loose().nullish(),
  }),
});
const questions = z.object({
  questions: z
    .array(
      z.object({
        id: z.string(),
        question: z.string(),
        options: z.array(z.object({ label: z.string() })).nullish(),
      }),
    )
    .min(1),
});
const elicitation = z.object({
  serverName: z.string(),
  message: z.string(),
  url: z.string().optional(),
  /** The fields of an elicitation that asks whether a tool may be called. */
  _meta: z
    .object({ tool_params: z.record(z.string(), z.unknown()) })
    .nullish()
    .catch(null),
  requestedSchema: z
    .object({
      properties: z
        .record(
          z.string(),
          z.object({ type: z.string().optional(), enum: z.array(z.string()).optional() }),
        )
        .catch({}),
    })
    .optional(),
});

/**
 * Reads a request that a person can answer; undefined for any other.
 * @param pathsOf finds the files that a change of an id touches
 */
export function readAsk(
  id: string | number,
  { method, params }: { readonly method: string; readonly params: unknown },
  pathsOf: (item: string) => readonly string[],
): CodexAsk | undefined {
  const { turnId, itemId, approvalId, reason } = common.catch({}).parse(params);
  const turn = turnId ?? null;
  const call = approvalId ?? itemId ?? `${turn ?? "session"}/${id}`;
  const about = (text: string): string => (reason ? `${text} (${reason})` : text);
  const permission = (tool: string, detail: string): AgentAsk => ({
    ...{ call, what: "permission", tool, detail, options: [] },
  });
  switch (method) {
    case "item/commandExecution/requestApproval":
      return map(command.safeParse(params).data, (it) => {
        const { host, protocol } = it.networkApprovalContext ?? {};
        const said = plainCommand(it.command ?? "");
        const detail = said || (host === undefined ? "" : `${protocol}://${host}`);
        const tool = it.kind === "writeStdin" ? "input" : "shell";
        return { turn, ask: permission(tool, about(detail)), respond: decide };
      });
    case "item/fileChange/requestApproval":
      return map(change.safeParse(params).data, ({ grantRoot }) => {
        const detail = [...pathsOf(itemId ?? ""), grantRoot && `all of ${grantRoot}`];
        const said = about(detail.filter(Boolean).join(" "));
        return { turn, ask: permission("edit", said), respond: decide };
      });
    case "item/permissions/requestApproval":
      return map(permissions.safeParse(params).data, (it) => ({
        turn,
        ask: permission("permissions", about(JSON.stringify(given(it.permissions)))),
        respond: (answer) => {
          const isRefused = answer.kind !== "allow";
          const granted = isRefused ? {} : given(it.permissions);
          return { result: { permissions: granted, scope: "turn" }, isRefused };
        },
      }));
    case "item/tool/requestUserInput":
      return map(questions.safeParse(params).data, (it) => question({ call, turn }, it));
    case "mcpServer/elicitation/request":
      return map(elicitation.safeParse(params).data, (it) => elicited({ call, turn }, it));
    default:
      return undefined;
  }
}

function map<In>(value: In | undefined, read: (value: In) => CodexAsk): CodexAsk | undefined {
  return value === undefined ? undefined : read(value);
}

/**
 * Decides a request for this once: a rule for later calls is the user's to make. `cancel` would end
 * the turn.
 */
function decide(answer: Answer): Response {
  const isRefused = answer.kind !== "allow";
  return { result: { decision: isRefused ? "decline" : "accept" }, isRefused };
}

/** Returns the requested permissions, without the fields that are not requested. */
const given = (asked: object): object =>
  Object.fromEntries(Object.entries(asked).filter(([, value]) => value != null));

interface Place {
  readonly call: string;
  readonly turn: string | null;
}

function question(
  { call, turn }: Place,
  { questions: asked }: z.infer<typeof questions>,
): CodexAsk {
  const each = asked.map(({ question, options }) => ({
    ...{ question, options: options?.map(({ label }) => label) ?? [], isMany: false },
  }));
  return {
    turn,
    ask: { call, tool: "request_user_input", ...questionAsk(each) },
    respond: (answer) => {
      const said = partsOf(answer, asked.length);
      const answers = asked.map(({ id }, index) => [id, { answers: [said[index] ?? ""] }]);
      return { result: { answers: Object.fromEntries(answers) }, isRefused: false };
    },
  };
}

/** Reads an elicitation: a server of tools asks a question, or for a permission. */
function elicited({ call, turn }: Place, it: z.infer<typeof elicitation>): CodexAsk {
  const fields = Object.entries(it.requestedSchema?.properties ?? {});
  const input = it._meta?.tool_params ?? {};
  const given = Object.keys(input).length === 0 ? "" : JSON.stringify(input);
  const detail = [it.message, it.url, given].filter(Boolean).join(" ");
  const isQuestion = fields.length > 0;
  const each = fields.map(([name, { enum: options = [] }]) => ({
    ...{ question: fields.length === 1 ? detail : name, options, isMany: false },
  }));
  const ask = isQuestion
    ? { ...questionAsk(each), detail }
    : ({ what: "permission", detail, options: [] } as const);
  return {
    turn,
    ask: { call, tool: it.serverName, ...ask },
    respond: (answer) => {
      if (answer.kind === "deny" || (answer.kind === "text" && !isQuestion)) {
        return { result: { action: "decline", content: null }, isRefused: true };
      }
      const said = partsOf(answer, fields.length);
      const content = fields.map(([name, { type }], index) => [
        name,
        asTyped(type, said[index] ?? ""),
      ]);
      return {
        result: { action: "accept", content: Object.fromEntries(content) },
        isRefused: false,
      };
    },
  };
}

function asTyped(type: string | undefined, text: string): unknown {
  if (type === "boolean") return /^(?:y|yes|true|1)\b/i.test(text);
  const isNumber = type === "number" || type === "integer";
  return isNumber && text.trim() !== "" ? Number(text) : text;
}
