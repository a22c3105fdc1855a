import { expect, test } from "vitest";
import { claudeSpeaker } from "../../src/agents/claude/stream-protocol.ts";
import type { AskedQuestion } from "../../src/agents/event.ts";
import { asWorkerId, parseTrackName } from "../../src/ground/ids.ts";
import { type Ask, howToAnswer, readAnswer } from "../../src/talk/ask.ts";

const permission = { what: "permission", options: [] } as const;
const question = { what: "question", options: ["Red", "Blue"] } as const;

test("an answer to a permission is a word, or words that deny it; nothing is allowed by mistake", () => {
  expect(readAnswer(permission, " Allow ")).toEqual({ kind: "allow" });
  expect(readAnswer(permission, "no")).toMatchObject({ kind: "deny" });
  for (const text of ["deny allow", "use the test key", "allow it once", "later"]) {
    expect(readAnswer(permission, text).kind).toBe("deny");
  }
  for (const text of ["alow", "", "dney"]) {
    expect(() => readAnswer(permission, text)).toThrow(/is no answer to a permission/);
  }
});

test("a question is answered by a number of its options, or in words", () => {
  expect(readAnswer(question, "1")).toEqual({ kind: "text", text: "Red" });
  expect(readAnswer(question, "3")).toEqual({ kind: "text", text: "3" });
  expect(readAnswer(question, "Green")).toEqual({ kind: "text", text: "Green" });
  expect(() => readAnswer(question, " ")).toThrow(/needs words/);
});

test("several questions are answered one by one, by numbers or words, and several options by commas", () => {
  const [red, api] = [
    ["Red", "Blue"],
    ["API", "UI", "Docs"],
  ];
  const asked = (...questions: readonly AskedQuestion[]) =>
    ({ what: "question", options: [], questions }) as const;
  const both = asked(
    { question: "Which colour?", options: red, isMany: false },
    { question: "Which parts?", options: api, isMany: true },
  );
  const text = (ask: Parameters<typeof readAnswer>[0], words: string) => readAnswer(ask, words);
  expect(text(both, "2; 1,3")).toEqual({ kind: "text", text: "Blue\nAPI, Docs" });
  expect(text(both, "red\nui")).toEqual({ kind: "text", text: "Red\nUI" });
  expect(text(both, "a deep green; none, and say why")).toEqual({
    ...{ kind: "text", text: "a deep green\nnone, and say why" },
  });
  for (const words of ["2", "1; 2; 3", "1;", "1\n\n2"]) {
    expect(() => text(both, words), words).toThrow(/does not answer each of "Which colour\?" and/);
  }
  const [, parts] = both.questions;
  expect(parts && text(asked(parts), "1; 2")).toEqual({ kind: "text", text: "1; 2" });
  const place = { id: 4, track: parseTrackName("auth"), worker: asWorkerId("w_1") };
  const open: Pick<Ask, "call" | "tool" | "detail" | "askedAt" | "at"> = {
    ...{ call: "c", tool: "AskUserQuestion", detail: "", askedAt: 0, at: { state: "open" } },
  };
  expect(howToAnswer({ ...place, ...open, ...both })).toBe(
    'pleach answer auth "1|TEXT; 1,2|TEXT" --ask 4',
  );
});

test("an answer goes to the call it is for, once, and never to the next", () => {
  const speaker = claudeSpeaker();
  const ask = (call: string) =>
    speaker.hear(
      JSON.stringify({
        type: "control_request",
        request_id: `r-${call}`,
        request: {
          subtype: "can_use_tool",
          tool_name: "Bash",
          tool_use_id: call,
          input: { command: call },
        },
      }),
    );
  expect(ask("one").events).toMatchObject([{ kind: "asked", call: "one", detail: "one" }]);
  const cancel = JSON.stringify({ type: "control_cancel_request", request_id: "r-one" });
  expect(speaker.hear(cancel).events).toEqual([
    { kind: "ask-closed", call: "one", how: "withdrawn" },
  ]);
  ask("two");
  expect(speaker.answer("one", { kind: "allow" })).toBeUndefined();
  const [line = ""] = speaker.answer("two", { kind: "allow" }) ?? [];
  expect(JSON.parse(line)).toMatchObject({
    response: { request_id: "r-two", response: { behavior: "allow" } },
  });
  expect(speaker.answer("two", { kind: "allow" })).toBeUndefined();
  const content = [{ type: "tool_result", tool_use_id: "two" }];
  expect(speaker.hear(JSON.stringify({ type: "user", message: { content } })).events).toEqual([
    { kind: "ask-closed", call: "two", how: "went-on" },
  ]);
});

test("an ask that waits beside a closed ask is repeated", () => {
  const speaker = claudeSpeaker();
  for (const call of ["one", "two"]) {
    const request = { subtype: "can_use_tool", tool_name: "Bash", tool_use_id: call, input: {} };
    speaker.hear(JSON.stringify({ type: "control_request", request_id: call, request }));
  }
  speaker.answer("one", { kind: "allow" });
  const content = [{ type: "tool_result", tool_use_id: "one" }];
  expect(speaker.hear(JSON.stringify({ type: "user", message: { content } })).events).toMatchObject(
    [
      { kind: "ask-closed", call: "one" },
      { kind: "asked", call: "two" },
    ],
  );
});
