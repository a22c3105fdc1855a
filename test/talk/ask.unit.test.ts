import { expect, test } from "vitest";
import { claudeSpeaker } from "../../src/agents/claude-speaker.ts";
import { readAnswer } from "../../src/talk/ask.ts";

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

test("an ask that waits beside one that is over is told again", () => {
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
