import { expect, test } from "vitest";
import { nothingSeen, type TurnSeen } from "../../../src/agents/event.ts";
import { readTurn } from "../../../src/grow/done/outcome.ts";

const seen = (changes: Partial<TurnSeen>): TurnSeen => ({
  ...nothingSeen,
  session: "s",
  ...changes,
});
const ended = (code: number, told: TurnSeen | undefined, resumed = false) =>
  readTurn({ failure: code === 0 ? undefined : `exit code ${code}`, seen: told, resumed });
const well = { failure: undefined, obstacle: undefined };

test("the program's final word counts before its exit code", () => {
  expect(ended(1, seen({ outcome: { kind: "finished" } }))).toEqual(well);
  const aborted = seen({ outcome: { kind: "failed", why: "aborted_tools" } });
  expect(ended(0, aborted).failure).toContain("aborted_tools");
  expect(ended(0, seen({})).failure).toContain("no final word");
  expect(ended(143, seen({})).failure).toBe("exit code 143");
});

test("a program whose output is text has only its exit code", () => {
  expect(ended(0, undefined)).toEqual(well);
  expect(ended(3, undefined).failure).toBe("exit code 3");
});

test("a denied permission is an obstacle even where the turn finished, and names the tool", () => {
  const denials = [{ call: "1", tool: "Bash", why: "npm publish" }];
  const { obstacle } = ended(0, seen({ denials, outcome: { kind: "finished" } }));
  expect(obstacle).toMatchObject({ kind: "denied" });
  expect(obstacle?.detail).toContain("Bash: npm publish");
});

test("a limit is told in the words of the program", () => {
  const outcome = { kind: "limited", limit: "usage", why: "w", reopens: "3:39 AM" } as const;
  const { obstacle } = ended(1, seen({ outcome }));
  expect(obstacle).toMatchObject({ kind: "limit" });
  expect(obstacle?.detail).toBe("its account reached a usage limit: w");
});

test("a session that cannot be resumed is told from a failure in one that was", () => {
  const failed = { outcome: { kind: "failed", why: "No conversation found" } } as const;
  expect(ended(1, seen({ ...failed, session: null }), true).obstacle?.kind).toBe("no-session");
  // A program that goes on listening says so, and ends with code 0.
  expect(ended(0, seen({ ...failed, session: null }), true).obstacle).toMatchObject({
    ...{ kind: "no-session", detail: "its session cannot be resumed (No conversation found)" },
  });
  expect(ended(1, seen(failed), true).obstacle).toBeUndefined();
  expect(ended(1, seen({ session: null }), false).obstacle).toBeUndefined();
});
