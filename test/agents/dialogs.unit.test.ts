import { expect, test } from "vitest";
import { claudeRecords } from "../../src/agents/claude/records.ts";
import { claudeTerminal } from "../../src/agents/claude/terminal.ts";
import { codexTerminal } from "../../src/agents/codex/terminal.ts";

const claude = claudeTerminal({ model: undefined });
const codex = codexTerminal({ model: undefined });
const bash = { command: "npm publish" };
const no = { kind: "deny", why: "use the test registry" } as const;
const colour = { question: "Which colour?", options: [{ label: "Red" }, { label: "Blue" }] };
const size = { question: "Which size?", options: [{ label: "Small" }, { label: "Large" }] };
const why = { question: "Why?" };

test("a permission is answered by one key, and words are never taken for a yes", () => {
  for (const profile of [claude, codex]) {
    const keys = (answer: Parameters<typeof profile.steps>[1]) =>
      profile.steps(bash, answer)?.map((step) => step.keys);
    expect(keys({ kind: "allow" })).toEqual([profile === claude ? "1" : "y"]);
    expect(keys(no)).toEqual(["\x1b"]);
    expect(keys({ kind: "text", text: "yes" })).toBeUndefined();
  }
});

test("Claude's hook gets the decision, and a question's answers with its questions", () => {
  const decision = (input: object, answer: Parameters<typeof claude.reply>[1]) =>
    JSON.parse(claude.reply(input as Record<string, unknown>, answer) ?? "null").hookSpecificOutput
      .decision;
  expect(decision(bash, { kind: "allow" })).toEqual({ behavior: "allow", updatedInput: bash });
  expect(decision(bash, no)).toEqual({ behavior: "deny", message: "use the test registry" });
  const asked = { questions: [colour, size] };
  expect(decision(asked, { kind: "text", text: "Blue\nan odd one" })).toEqual({
    behavior: "allow",
    updatedInput: {
      ...asked,
      answers: { "Which colour?": "Blue", "Which size?": "an odd one" },
    },
  });
  expect(claude.steps(asked, { kind: "text", text: "Blue" })).toBeUndefined();
});

test("Codex's questions are answered one screen after the other, other words as a note below the options", () => {
  const steps = (questions: readonly object[], text: string) =>
    codex.steps({ questions }, { kind: "text", text });
  expect(steps([colour], "Blue")).toEqual([{ shows: ["Which colour?"], keys: "2" }]);
  expect(steps([colour, size, why], "a deep green\nLarge\nbecause")).toEqual([
    {
      shows: ["Question 1/3", "Which colour?", "› 1."],
      keys: "\x1b[B\x1b[B\t",
      text: "a deep green",
    },
    { shows: ["Question 2/3", "Which size?"], keys: "2" },
    { shows: ["Question 3/3", "Why?"], keys: "", text: "because" },
  ]);
  expect(codex.steps({ questions: [why] }, no)).toEqual([
    { shows: ["Why?"], keys: "", text: expect.stringContaining("decide by yourself") },
  ]);
});

test("Claude's record shows text that was typed or came from a hook by the id in it, and not that a hook ran", () => {
  const id = "0a1b2c3d-0000-4000-8000-000000000000";
  const shows = (line: object) => claudeRecords.shows(JSON.stringify(line), id);
  const content = [{ type: "text", text: `Mind the gap\n\n(${id})` }];
  expect(shows({ type: "user", uuid: "u", message: { role: "user", content } })).toBe(true);
  const told = (attachment: object) => shows({ type: "attachment", attachment });
  expect(told({ type: "hook_additional_context", content: [`gap (${id})`] })).toBe(true);
  expect(told({ type: "queued_command", source_uuid: id })).toBe(true);
  expect(told({ type: "hook_success", content: "", stdout: `gap (${id})` })).toBe(false);
  expect(shows({ type: "system", hookAdditionalContext: [`gap (${id})`] })).toBe(false);
});
