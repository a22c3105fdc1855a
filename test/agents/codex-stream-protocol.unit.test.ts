import fc from "fast-check";
import { expect, test } from "vitest";
import { codexOutcome, readCodexLine } from "../../src/agents/codex/stream.ts";
import { codexSpeaker } from "../../src/agents/codex/stream-protocol.ts";
import type { HeardLine } from "../../src/agents/conversation.ts";
import type { AgentEvent } from "../../src/agents/event.ts";

/*
 * The messages to Codex and its requests, line by line, as its app server 0.169.0 was seen to
 * behave.
 */

const thread = "thread-1";
const none: HeardLine = { events: [], reply: [] };
const parse = (lines: readonly string[]) => lines.map((line) => JSON.parse(line));

/** Makes a conversation, and the lines of a program that answers it. */
function spoken(resumes?: string) {
  const speaker = codexSpeaker({ resumes, worktree: "/trees/auth", settings: { sandbox: "s" } });
  const hear = (message: object) => speaker.hear(JSON.stringify(message));
  const tell = (method: string, params: object = {}) =>
    hear({ method, params: { threadId: thread, ...params } }).events;
  return {
    ...{ speaker, hear, tell },
    greet: () => hear({ id: 1, result: { userAgent: "pleach/0.169.0 (x)" } }),
    begin: () => hear({ id: 2, result: { thread: { id: thread }, model: "gpt-5.5" } }),
    accept: (id: number, turn: string) => hear({ id, result: { turn: { id: turn } } }).events,
    started: (turn: string) => tell("turn/started", { turn: { id: turn, status: "inProgress" } }),
    took: (clientId: string) => tell("item/completed", { item: { type: "userMessage", clientId } }),
    ended: (turn: string, status = "completed") =>
      tell("turn/completed", { turn: { id: turn, status, error: null } }),
  };
}

/** Makes a conversation in its first turn, `t1`. */
function begun() {
  const here = spoken();
  here.speaker.open({ id: "first", text: "Do it" });
  here.greet();
  here.begin();
  here.accept(3, "t1");
  here.started("t1");
  here.took("first");
  return here;
}

test("the speaker greets, begins its thread, and says earlier messages in their order", () => {
  const { speaker, greet, begin } = spoken();
  expect(parse(speaker.open({ id: "first", text: "Do it" }))).toMatchObject([
    { id: 1, method: "initialize", params: { clientInfo: { name: "pleach" } } },
  ]);
  expect(speaker.say({ id: "second", text: "And that" })).toEqual([]);
  expect(parse(greet().reply)).toMatchObject([
    { method: "initialized" },
    { id: 2, method: "thread/start", params: { sandbox: "s" } },
  ]);
  const { events, reply } = begin();
  const session = { kind: "session", session: thread, model: "gpt-5.5", version: "0.169.0" };
  expect(events).toEqual([session]);
  expect(parse(reply).map(({ method, params }) => [method, params])).toEqual(
    [
      ["first", "Do it"],
      ["second", "And that"],
    ].map(([id, text]) => [
      "turn/start",
      {
        threadId: thread,
        clientUserMessageId: id,
        input: [{ type: "text", text, text_elements: [] }],
      },
    ]),
  );
});

test("a thread that is gone ends the turn as failed, and no message counts as arrived", () => {
  const { speaker, greet, hear } = spoken("gone");
  speaker.open({ id: "first", text: "Go on" });
  expect(parse(greet().reply)[1]).toMatchObject({
    ...{ method: "thread/resume", params: { threadId: "gone", cwd: "/trees/auth", sandbox: "s" } },
  });
  const why = "no rollout found for thread id gone";
  expect(hear({ id: 2, error: { code: -32_600, message: why } }).events).toEqual([
    { kind: "heard", utterance: "first", how: "dropped" },
    { kind: "turn-ended", outcome: { kind: "failed", why } },
  ]);
});

test("a message in the thread is taken; a message that an interrupted turn had not taken up is dropped", () => {
  const { speaker, accept, took, ended, started } = begun();
  speaker.say({ id: "a", text: "A" });
  speaker.say({ id: "b", text: "B" });
  speaker.say({ id: "c", text: "C" });
  expect(accept(4, "t1")).toEqual([{ kind: "heard", utterance: "a", how: "queued" }]);
  accept(5, "t1");
  expect(took("a")).toMatchObject([{ kind: "heard", utterance: "a", how: "taken" }]);
  expect(parse(speaker.interrupt())).toMatchObject([
    { method: "turn/interrupt", params: { threadId: thread, turnId: "t1" } },
  ]);
  expect(ended("t1", "interrupted")).toEqual([
    { kind: "heard", utterance: "b", how: "dropped" },
    { kind: "turn-ended", outcome: { kind: "failed", why: "it was interrupted" } },
  ]);
  // Codex's answer comes late: that turn is over.
  expect(accept(6, "t1")).toEqual([{ kind: "heard", utterance: "c", how: "dropped" }]);
  expect(speaker.say({ id: "b", text: "B" })).toHaveLength(1);
  expect(accept(8, "t2")).toEqual([{ kind: "heard", utterance: "b", how: "queued" }]);
  started("t2");
  expect(took("b")).toMatchObject([{ utterance: "b", how: "taken" }]);
});

test("a message that Codex refuses is dropped; the turn ends when that message would have begun it", () => {
  const { speaker, hear, ended } = begun();
  speaker.say({ id: "a", text: "A" });
  const error = { code: -32_600, message: "cannot be steered" };
  const dropped = { kind: "heard", utterance: "a", how: "dropped" };
  expect(hear({ id: 4, error }).events).toEqual([dropped]);
  ended("t1");
  speaker.say({ id: "a", text: "A" });
  expect(hear({ id: 5, error }).events).toEqual([
    dropped,
    { kind: "turn-ended", outcome: { kind: "failed", why: "cannot be steered" } },
  ]);
});

test("a message refused before its turn began does not end the turn that another begins", () => {
  const { speaker, greet, begin, hear, accept } = spoken();
  speaker.open({ id: "first", text: "Do it" });
  speaker.say({ id: "second", text: "And that" });
  greet();
  begin();
  expect(hear({ id: 3, error: { code: 1, message: "no" } }).events).toEqual([
    { kind: "heard", utterance: "first", how: "dropped" },
  ]);
  expect(accept(4, "t1")).toEqual([{ kind: "heard", utterance: "second", how: "queued" }]);
});

type Step =
  | { readonly kind: "say"; readonly id: string }
  | { readonly kind: "answer" | "take" }
  | { readonly kind: "end"; readonly status: string };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("say" as const), id: fc.constantFrom(..."abcdef") }),
  fc.record({ kind: fc.constantFrom("answer" as const, "take" as const) }),
  fc.record({
    kind: fc.constant("end" as const),
    status: fc.constantFrom("completed", "interrupted", "failed"),
  }),
);

/**
 * Makes a program that behaves as Codex does: its turns take up their messages, except an
 * interrupted turn.
 */
function program() {
  const here = begun();
  let [turns, current]: [number, string | undefined] = [1, "t1"];
  const inbox: { readonly request: number; readonly id: string; readonly turn: string }[] = [];
  const answered: { readonly id: string; readonly turn: string }[] = [];
  const inThread: string[] = [];
  const events: AgentEvent[] = [];
  const take = (): void => {
    for (const { id } of answered.splice(0)) {
      inThread.push(id);
      events.push(...here.took(id));
    }
  };
  return {
    ...{ events, inThread },
    say(id: string): void {
      for (const { id: request, params } of parse(here.speaker.say({ id, text: id }))) {
        if (current === undefined) {
          turns += 1;
          current = `t${turns}`;
          events.push(...here.started(current));
        }
        inbox.push({ request, id: params.clientUserMessageId, turn: current });
      }
    },
    /** Answers in order; each answer comes before the message is taken up. */
    answer(): boolean {
      const one = inbox.shift();
      if (one === undefined) return false;
      if (one.turn === current) answered.push(one);
      events.push(...here.accept(one.request, one.turn));
      return true;
    },
    take,
    end(status: string): void {
      if (current === undefined) return;
      if (status !== "interrupted") {
        while (this.answer());
        take();
      }
      answered.splice(0);
      events.push(...here.ended(current, status));
      current = undefined;
    },
  };
}

test("each message arrives once, or is known not to have, whatever comes between", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const it = program();
      const said = new Set<string>();
      for (const one of steps) {
        if (one.kind === "say") said.add(one.id);
        if (one.kind === "say") it.say(one.id);
        else if (one.kind === "end") it.end(one.status);
        else it[one.kind]();
      }
      it.end("completed");
      while (it.answer());
      const heard = (how: string) =>
        it.events.flatMap((event) =>
          event.kind === "heard" && event.how === how ? [event.utterance] : [],
        );
      expect(new Set(it.inThread).size).toBe(it.inThread.length);
      expect(heard("taken")).toEqual(it.inThread);
      const last = (id: string) =>
        it.events.findLast((event) => event.kind === "heard" && event.utterance === id);
      for (const id of said) {
        const how = it.inThread.includes(id) ? "taken" : "dropped";
        expect(last(id)).toMatchObject({ how });
      }
    }),
  );
});

const command = {
  ...{ turnId: "t1", itemId: "call-1", reason: "to publish" },
  command: "/bin/bash -lc 'npm publish | tee log'",
};
const approval = { id: 0, method: "item/commandExecution/requestApproval", params: command };
const resolved = (requestId: number) => ["serverRequest/resolved", { requestId }] as const;

test("a permission is asked for, allowed for this once, and over when the program says so", () => {
  const { speaker, hear, tell } = begun();
  const asked = { kind: "asked", call: "call-1", what: "permission", tool: "shell" };
  expect(hear(approval).events).toMatchObject([
    { ...asked, detail: "npm publish | tee log (to publish)", options: [] },
  ]);
  expect(parse(speaker.answer("call-1", { kind: "allow" }) ?? [])).toEqual([
    { id: 0, result: { decision: "accept" } },
  ]);
  expect(speaker.answer("call-1", { kind: "allow" })).toBeUndefined();
  expect(tell(...resolved(0))).toEqual([{ kind: "ask-closed", call: "call-1", how: "went-on" }]);
});

test("an item that asks twice has two asks, and an answer to the first is none to the second", () => {
  const { speaker, hear, tell } = begun();
  hear(approval);
  speaker.answer("call-1", { kind: "allow" });
  tell(...resolved(0));
  expect(hear({ ...approval, id: 1 }).events).toMatchObject([{ call: "call-1/1" }]);
  expect(speaker.answer("call-1", { kind: "allow" })).toBeUndefined();
  expect(parse(speaker.answer("call-1/1", { kind: "allow" }) ?? [])).toMatchObject([{ id: 1 }]);
});

test("a refused permission is reported as denied, and the reason reaches the agent", () => {
  const { speaker, hear, tell } = begun();
  hear(approval);
  expect(parse(speaker.answer("call-1", { kind: "deny", why: "Not now" }) ?? [])).toMatchObject([
    { id: 0, result: { decision: "decline" } },
    { method: "turn/start", params: { input: [{ text: "Not now" }] } },
  ]);
  const denied = { kind: "denied", call: "call-1", tool: "shell" };
  expect(tell(...resolved(0))).toMatchObject([{ kind: "ask-closed", how: "refused" }, denied]);
  // The item reports it as well: it is a single denial.
  const item = { type: "commandExecution", id: "call-1", command: "x", status: "declined" };
  expect(tell("item/completed", { item })).toMatchObject([denied]);
});

test("an ask is withdrawn when its turn is interrupted; another that waits beside it is repeated", () => {
  const { speaker, hear, ended, tell } = begun();
  hear(approval);
  const changes = [{ path: "/etc/motd" }];
  tell("item/started", { item: { type: "fileChange", id: "call-2", changes, status: "x" } });
  const params = { threadId: "helper", turnId: "h1", itemId: "call-2" };
  const change = hear({ id: 1, method: "item/fileChange/requestApproval", params }).events;
  expect(change).toMatchObject([{ kind: "asked", tool: "edit", detail: "/etc/motd" }]);
  expect(ended("t1", "interrupted")).toMatchObject([
    { kind: "ask-closed", call: "call-1", how: "withdrawn" },
    { kind: "asked", call: "call-2" },
    { kind: "turn-ended" },
  ]);
  expect(speaker.answer("call-1", { kind: "allow" })).toBeUndefined();
});

test("questions are answered in the order in which they were asked; a refusal is an answer, too", () => {
  const one = (id: string) => ({ id, question: `${id}?`, options: [{ label: "Red" }] });
  const ask = (ids: readonly string[], text: string) => {
    const { speaker, hear } = begun();
    const params = { turnId: "t1", itemId: "call-1", questions: ids.map(one) };
    const { events } = hear({ id: 0, method: "item/tool/requestUserInput", params });
    const [answered] = parse(speaker.answer("call-1", { kind: "text", text }) ?? []);
    return { events, answers: answered.result.answers };
  };
  const single = ask(["a"], "Blue");
  expect(single.events).toMatchObject([{ what: "question", detail: "a?", options: ["Red"] }]);
  expect(single.answers).toEqual({ a: { answers: ["Blue"] } });
  const both = ask(["a", "b"], "Blue\nGreen");
  expect(both.events).toMatchObject([
    { detail: "a?\nb?", options: [], questions: [{ question: "a?" }, { question: "b?" }] },
  ]);
  expect(both.answers).toEqual({ a: { answers: ["Blue"] }, b: { answers: ["Green"] } });
});

test("more permissions are granted as requested, and for this turn", () => {
  const { speaker, hear } = begun();
  const permissions = { network: { enabled: true }, fileSystem: null };
  const params = { turnId: "t1", itemId: "call-1", reason: null, permissions };
  const { events } = hear({ id: 0, method: "item/permissions/requestApproval", params });
  expect(events).toMatchObject([{ what: "permission", detail: '{"network":{"enabled":true}}' }]);
  expect(parse(speaker.answer("call-1", { kind: "allow" }) ?? [])).toEqual([
    { id: 0, result: { permissions: { network: { enabled: true } }, scope: "turn" } },
  ]);
});

test("a server of tools asks for a permission, or for the values it needs", () => {
  const ask = (properties: object, answer: Parameters<typeof speaker.answer>[1]) => {
    const here = begun();
    const about = { serverName: "db", message: "Migrate?", _meta: { tool_params: { to: 3 } } };
    const params = { ...about, requestedSchema: { properties } };
    const { events } = here.hear({ id: 7, method: "mcpServer/elicitation/request", params });
    const [response] = parse(here.speaker.answer("session/7", answer) ?? []);
    return { events, result: response.result };
  };
  const { speaker } = begun();
  const may = ask({}, { kind: "allow" });
  expect(may.events).toMatchObject([
    { what: "permission", tool: "db", detail: 'Migrate? {"to":3}' },
  ]);
  expect(may.result).toEqual({ action: "accept", content: {} });
  expect(ask({}, { kind: "deny", why: "no" }).result).toEqual({ action: "decline", content: null });
  const fields = { count: { type: "integer" }, sure: { type: "boolean" } };
  const told = ask(fields, { kind: "text", text: "3\nyes" });
  expect(told.events).toMatchObject([
    { what: "question", questions: [{ question: "count" }, { question: "sure" }] },
  ]);
  expect(told.result).toEqual({ action: "accept", content: { count: 3, sure: true } });
});

test("a request that no person can answer is refused in the protocol, and kept", () => {
  const { events, reply } = begun().hear({ id: 4, method: "attestation/generate", params: {} });
  expect(events).toMatchObject([{ kind: "unknown" }]);
  expect(parse(reply)).toMatchObject([{ id: 4, error: { code: -32_601 } }]);
});

const usage = (turnId: string, total: number, last: number, threadId = thread) =>
  [
    "thread/tokenUsage/updated",
    {
      ...{ threadId, turnId },
      tokenUsage: {
        total: { inputTokens: total, outputTokens: total / 10 },
        last: { inputTokens: last, outputTokens: last / 10 },
      },
    },
  ] as const;
const tokens = (events: readonly AgentEvent[]) =>
  events.map((event) => (event.kind === "used" ? event.more.inputTokens : event.kind));

test("only the growth of totals counts, each thread by itself; a repetition adds nothing", () => {
  const { tell, started } = begun();
  expect(tokens(tell(...usage("t0", 5_000, 1_000)))).toEqual([]);
  expect(tokens(tell(...usage("t1", 7_000, 2_000)))).toEqual([2_000]);
  expect(tokens(tell(...usage("t1", 7_000, 2_000)))).toEqual([]);
  // A sub-agent may know what its parent knew; the parent has paid for that.
  expect(tokens(tell(...usage("h1", 9_000, 500, "helper")))).toEqual([500]);
  started("t2");
  expect(tokens(tell(...usage("t2", 7_800, 800)))).toEqual([800]);
  expect(begun().tell(...usage("t1", 7_000, 2_000))).toMatchObject([
    { more: { inputTokens: 2_000, outputTokens: 200, costUsd: null } },
  ]);
});

test("a limit opens when the last of the full windows does", () => {
  const { tell } = begun();
  const window = (usedPercent: number, resetsAt: number | null) => ({ usedPercent, resetsAt });
  const limits = (primary: object | null, secondary: object | null) =>
    tell("account/rateLimits/updated", { rateLimits: { limitId: "codex", primary, secondary } });
  const end = (codexErrorInfo: string, message = "x") =>
    tell("turn/completed", {
      turn: { id: "t1", status: "failed", error: { message, codexErrorInfo } },
    });
  expect(end("usageLimitExceeded")).toMatchObject([{ outcome: { reopens: null } }]);
  limits(window(100, 1_800_000_000), window(40, 1_900_000_000));
  limits(null, null);
  expect(end("usageLimitExceeded")).toMatchObject([
    { outcome: { kind: "limited", limit: "usage", reopens: "2027-01-15T08:00:00.000Z" } },
  ]);
  expect(end("rateLimitExceeded")).toMatchObject([{ outcome: { limit: "rate", reopens: null } }]);
});

test.each([
  ["You’ve hit your usage limit.", "usageLimitExceeded", "usage"],
  ["Quota exceeded. Check your plan and billing details.", "usageLimitExceeded", "quota"],
  ["last status: 429", { responseTooManyFailedAttempts: { httpStatusCode: 429 } }, "rate"],
  ["invalid x-api-key", { httpConnectionFailed: { httpStatusCode: 401 } }, "unauthorised"],
  ["Codex ran out of room", "contextWindowExceeded", "exhausted"],
  ["line 401 of 429", { httpConnectionFailed: { httpStatusCode: 422 } }, "failed"],
  ["high demand", "internalServerError", "failed"],
  ["a later kind", { ofALaterVersion: { with: 1 } }, "failed"],
  // A terminal gives only words.
  ["You've hit your usage limit.", undefined, "usage"],
  ["exceeded retry limit, last status: 429 Too Many Requests", null, "rate"],
  ["unexpected status 401 Unauthorized", "other", "unauthorised"],
  ["ran out of room in the model's context window", undefined, "exhausted"],
])("%s is classified by its field or its words", (why, info, expected) => {
  const outcome = codexOutcome(why, info);
  expect([outcome.kind, "limit" in outcome && outcome.limit]).toContain(expected);
});

test("a sub-agent's work is told apart, and ends no turn but its own", () => {
  const { tell, ended } = begun();
  const by = (method: string, params: object) => tell(method, { threadId: "helper", ...params });
  const turn = { id: "h1", status: "completed", error: null };
  expect(by("turn/started", { turn })).toEqual([{ kind: "background", running: 1 }]);
  const item = { type: "commandExecution", id: "c", command: "ls", status: "inProgress" };
  expect(by("item/started", { item })).toMatchObject([
    { kind: "tool", tool: "shell", detail: "ls", subAgent: "helper" },
  ]);
  expect(ended("t1")).toMatchObject([{ kind: "turn-ended" }]);
  expect(by("turn/completed", { turn })).toEqual([{ kind: "background", running: 0 }]);
});

test("the end of a turn is not final with a goal of the thread's own: the next turn may begin at once", () => {
  const { tell, started, ended } = begun();
  tell("thread/goal/updated", { goal: { status: "active" } });
  const background = (running: number) => ({ kind: "background", running });
  expect(ended("t1")).toMatchObject([background(1), { kind: "turn-ended" }, background(0)]);
  started("t2");
  tell("thread/goal/updated", { goal: { status: "complete" } });
  expect(ended("t2")).toMatchObject([{ kind: "turn-ended" }]);
});

test("a tool that may not be called is denied where no person is asked", () => {
  const { tell } = begun();
  const message = "MCP tool call requires approval, but approval policy is never";
  const item = { type: "mcpToolCall", id: "c", server: "db", tool: "drop", error: { message } };
  expect(tell("item/completed", { item })).toEqual([
    { kind: "denied", call: "c", tool: "db.drop", why: message },
  ]);
});

test("every line is read or kept, and only Codex's own requests are answered", () => {
  expect(readCodexLine("plain words")).toEqual([{ kind: "unknown", raw: "plain words" }]);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (raw) => {
      expect(readCodexLine(raw).length).toBeGreaterThan(0);
      expect(begun().speaker.hear(raw).events).toEqual([{ kind: "unknown", raw }]);
    }),
  );
  expect(begun().hear({ method: "thread/status/changed", params: {} })).toEqual(none);
  expect(begun().hear({ id: 99, result: {} }).events).toMatchObject([{ kind: "unknown" }]);
});
