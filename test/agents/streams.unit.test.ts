import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readClaudeLine } from "../../src/agents/claude/stream.ts";
import {
  type AgentEvent,
  addUsage,
  formatEvent,
  nothingSeen,
  see,
  usageSince,
} from "../../src/agents/event.ts";

/* The output of Claude Code 2.1.329, line by line; the contract plays the conversation with it. */

const folder = join(import.meta.dirname, "../fixtures/streams");

function played(name: string): readonly AgentEvent[] {
  return readFileSync(join(folder, `${name}.jsonl`), "utf8")
    .trimEnd()
    .split("\n")
    .flatMap(readClaudeLine);
}

const seenIn = (name: string) => played(name).reduce(see, nothingSeen);
const wordsOf = (name: string) =>
  played(name).flatMap((event) => formatEvent(event)?.slice(0, 100) ?? []);

test("a turn of Claude Code is told in order, a denial once, its usage as the session's total", () => {
  expect(wordsOf("claude-denied")).toEqual([
    "session 11111111-1111-4111-8111-111111111111 (claude-opus-5-5)",
    "> Write a.txt",
    "> Bash touch /etc/motd",
    "denied: Bash: touch in '/etc/motd' needs approval. The path is outside the working directories for t",
    "> Bash git add -A && git commit -m hi",
    "done",
    "denied: Bash: touch /etc/motd",
    "turn ended",
  ]);
  expect(played("claude-denied")).toContainEqual({
    kind: "usage",
    session: { inputTokens: 8_400, outputTokens: 160, costUsd: 0.02504 },
  });
  const { denials, outcome, unknown } = seenIn("claude-denied");
  expect(denials).toMatchObject([{ tool: "Bash", call: "toolu_4cb857f6d790981dd7" }]);
  expect([outcome, unknown]).toEqual([{ kind: "finished" }, 0]);
});

test.each([
  ["claude-rate", { kind: "limited", limit: "rate", reopens: null }],
  ["claude-usage-limit", { kind: "limited", limit: "usage", reopens: null }],
  ["claude-auth", { kind: "unauthorised" }],
  ["claude-context", { kind: "exhausted" }],
  ["claude-no-session", { kind: "failed", why: /No conversation found/ }],
])("%s ends its turn by the kind of its final word", (name, outcome) => {
  const seen = seenIn(name);
  const { why, ...rest } = { why: /./, ...outcome };
  expect(seen.outcome).toMatchObject(rest);
  expect(seen.outcome).toMatchObject({ why: expect.stringMatching(why) });
  expect(seen.unknown).toBe(0);
});

test("a resumed session tells its total again: only its growth counts", () => {
  const totals = ["claude-denied", "claude-resumed"].map((name) =>
    played(name).flatMap((event) => (event.kind === "usage" ? [event.session] : [])),
  );
  const [first, second] = totals.flat();
  if (first === undefined || second === undefined) throw new Error("no usage was told");
  const since = usageSince(first, second);
  expect(since).toMatchObject({ inputTokens: 2_100, outputTokens: 40 });
  expect(since.costUsd).toBeCloseTo(0.00626, 6);
  expect(usageSince(second, first)).toEqual(first);
  expect(addUsage(first, { ...since, costUsd: null })?.costUsd).toBeNull();
});

test("a notice of a limit gives its time to a final word that has none", () => {
  const notice = { type: "rate_limit_event", rate_limit_info: { status: "rejected" } };
  const at = { ...notice, rate_limit_info: { status: "rejected", resetsAt: 1_800_000_000 } };
  const limited = readFileSync(join(folder, "claude-usage-limit.jsonl"), "utf8").split("\n");
  const seen = [JSON.stringify(at), ...limited]
    .filter((line) => line !== "")
    .flatMap(readClaudeLine)
    .reduce(see, nothingSeen);
  expect(seen.outcome).toMatchObject({ kind: "limited", reopens: "2027-01-15T08:00:00.000Z" });
});

test("a sub-agent's work is told apart", () => {
  const line = readFileSync(join(folder, "claude-denied.jsonl"), "utf8").split("\n")[1] ?? "";
  const inside = line.replace('"parent_tool_use_id":null', '"parent_tool_use_id":"toolu_1"');
  expect(readClaudeLine(inside)).toMatchObject([
    { kind: "tool", tool: "Write", paths: ["a.txt"], subAgent: "toolu_1" },
  ]);
});

test("a line of a later version is kept as unknown, and never a failure", () => {
  const lines = ["", "plain words", '{"type":"brand.new"}', '{"type":"result"}', "[1]", "null"];
  for (const raw of lines) expect(readClaudeLine(raw)).toEqual([{ kind: "unknown", raw }]);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
      expect(readClaudeLine(line).length).toBeGreaterThan(0);
    }),
  );
});
