import { expect, test } from "vitest";
import { type HookEvent, readHook } from "../../../src/agents/hooks.ts";
import { type Course, courseAfter, prefersTyping } from "../../../src/grow/terminal/road.ts";

const after = (...events: readonly [string, object?][]): Course =>
  events
    .map(([name, payload]): HookEvent => readHook(name, payload ?? {}))
    .reduce(courseAfter, "unheard");

test("hooks tell whether another hook will come in the turn", () => {
  expect(after()).toBe("unheard");
  expect(after(["SessionStart"])).toBe("rests");
  expect(after(["SessionStart"], ["UserPromptSubmit"])).toBe("runs");
  expect(after(["UserPromptSubmit"], ["SessionStart"])).toBe("runs");
  for (const end of ["Stop", "StopFailure", "Interrupt", "SessionEnd"]) {
    expect(after(["PreToolUse"], [end]), end).toBe("rests");
  }
  expect(after(["PostToolUseFailure", { is_interrupt: true }])).toBe("rests");
  expect(after(["Stop"], ["Handed", { letters: ["a"] }])).toBe("runs");
  expect(after(["Stop"], ["PreToolUse", { agent_id: "sub" }])).toBe("rests");
  expect(after(["PreToolUse"], ["Notification"])).toBe("runs");
});

test("a running turn is spoken to by its hooks, and typing is for the rest", () => {
  const scene = { course: "runs", courseMs: 5_000, state: "working", isLaidDown: true } as const;
  expect(prefersTyping(scene)).toBe(false);
  expect(prefersTyping({ ...scene, isLaidDown: false })).toBe(true);
  expect(prefersTyping({ ...scene, course: "unheard" })).toBe(true);
  // A turn that was broken off calls no hook.
  expect(prefersTyping({ ...scene, state: "idle" })).toBe(true);
  expect(prefersTyping({ ...scene, state: "idle", courseMs: 500 })).toBe(false);
  expect(prefersTyping({ ...scene, course: "rests", courseMs: 0, state: "done" })).toBe(true);
  // A hook at the turn's end may yet have it go on.
  expect(prefersTyping({ ...scene, course: "rests", courseMs: 500 })).toBe(false);
  expect(prefersTyping({ ...scene, course: "rests" })).toBe(true);
});
