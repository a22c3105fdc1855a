import fc from "fast-check";
import { expect, test } from "vitest";
import { readHook } from "../../src/agents/hooks.ts";
import { hookSignal } from "../../src/grow/signals/hook-signal.ts";

const from = { session_id: "s-1", transcript_path: "/t.jsonl" };
const bash = { tool_name: "Bash", tool_input: { command: "rm -r build", description: "clean" } };

test.each([
  ["SessionStart", { source: "startup" }, "session-started", undefined],
  ["UserPromptSubmit", { prompt: "go on [m-1]" }, "prompt", { says: "working" }],
  ["PreToolUse", bash, "tool", { says: "working", detail: "Bash rm -r build" }],
  ["PostToolUse", { ...bash, tool_response: {} }, "tool", { says: "working" }],
  ["PostToolUseFailure", { ...bash, error: "exit 1" }, "tool", { says: "working" }],
  ["PostToolUseFailure", { ...bash, is_interrupt: true }, "tool", { says: "interrupted" }],
  ["PermissionRequest", bash, "asked", { reason: "permission", detail: "Bash: rm -r build" }],
  ["PreToolUse", { tool_name: "AskUserQuestion" }, "tool", { reason: "question" }],
  ["PreToolUse", { tool_name: "request_user_input" }, "tool", { reason: "question" }],
  ["Notification", { notification_type: "permission_prompt" }, "noticed", { says: "blocked" }],
  ["Notification", { notification_type: "auth_success" }, "noticed", undefined],
  ["Stop", { last_assistant_message: "all done" }, "turn-ended", { says: "turn-ended" }],
  ["Stop", { background_tasks: [{ id: "b-1" }] }, "turn-ended", { says: "working" }],
  ["StopFailure", { error: "rate_limit" }, "failed", { says: "failed", detail: "rate_limit" }],
  ["Interrupt", {}, "interrupted", { says: "interrupted" }],
  ["SubagentStart", { agent_id: "a-1" }, "sub-agent", { says: "working", subAgent: "a-1" }],
  ["SubagentStop", { agent_id: "a-1" }, "sub-agent", { says: "cleared", subAgent: "a-1" }],
  ["SubagentStop", {}, "sub-agent", undefined],
  ["PreToolUse", { ...bash, agent_id: "a-1" }, "tool", { says: "working", subAgent: "a-1" }],
  ["SessionEnd", { reason: "other" }, "session-ended", undefined],
  ["ALaterOne", {}, "unknown", undefined],
])("%s %j", (name, payload, kind, said) => {
  const event = readHook(name, { ...from, ...payload });
  expect(event).toMatchObject({ kind, session: "s-1", transcript: "/t.jsonl" });
  if (said === undefined) expect(hookSignal(event)).toBeUndefined();
  else expect(hookSignal(event)).toMatchObject({ source: "hook", subAgent: null, ...said });
});

test("a turn that left shells running is over; agents will wake it", () => {
  const stop = (...types: string[]) =>
    readHook("Stop", { background_tasks: types.map((type) => ({ id: "b-1", type })) });
  expect(stop("shell", "shell")).toMatchObject({ background: 2, isWoken: false });
  expect(stop("shell", "subagent")).toMatchObject({ background: 2, isWoken: true });
  expect(readHook("Stop", { background_tasks: [1] })).toMatchObject({ isWoken: true });
});

test("an ask is told in full: a plan in its words, an unknown tool with its whole input", () => {
  const asked = (tool_name: string, tool_input: object) =>
    readHook("PermissionRequest", { tool_name, tool_input });
  const plan = { plan: "# Plan\n\n1. Do this", planFilePath: "/p.md" };
  expect(asked("ExitPlanMode", plan)).toMatchObject({ detail: plan.plan });
  expect(asked("mcp__db__drop", { table: "users" })).toMatchObject({ detail: '{"table":"users"}' });
  expect(asked("ExitPlanMode", {})).toMatchObject({ detail: "" });
});

test("a patch names its paths", () => {
  const command =
    "*** Begin Patch\n*** Add File: src/a b.ts\n+*** Update File: not.ts\n*** Delete File: c\n*** End Patch";
  const event = readHook("PreToolUse", { tool_name: "apply_patch", tool_input: { command } });
  expect(event).toMatchObject({ paths: ["src/a b.ts", "c"] });
});

test("every payload gives an event, and a sub-agent's event never speaks for its parent", () => {
  const name = fc.constantFrom("Stop", "PreToolUse", "Notification", "UserPromptSubmit", "Other");
  fc.assert(
    fc.property(name, fc.jsonValue(), (event, payload) => {
      expect(readHook(event, payload).session).toBeNull();
      const child = { agent_id: "a-1", ...(typeof payload === "object" ? payload : {}) };
      const said = hookSignal(readHook(event, { ...child, agent_id: "a-1" }));
      expect(said === undefined || ("subAgent" in said && said.subAgent === "a-1")).toBe(true);
    }),
  );
});
