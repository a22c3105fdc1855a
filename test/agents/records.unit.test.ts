import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { claudeRecords } from "../../src/agents/claude/records.ts";
import { codexRecords } from "../../src/agents/codex/records.ts";
import type { SessionRecords } from "../../src/agents/conversation.ts";
import { type Usage, usageBeyond } from "../../src/agents/event.ts";
import { type RecordEvent, UsageTally } from "../../src/agents/record.ts";

/*
 * The records that the real programs wrote of their sessions (Claude Code 2.1.329, Codex 0.169.0).
 */

const folder = join(import.meta.dirname, "../fixtures/records");
const programs = { claude: claudeRecords, codex: codexRecords } as const;
type Name = keyof typeof programs;

const linesOf = (name: Name, file: string): readonly string[] =>
  readFileSync(join(folder, name, `${file}.jsonl`), "utf8")
    .trimEnd()
    .split("\n");

function read(records: SessionRecords, lines: readonly string[]): readonly RecordEvent[] {
  const reader = records.reader();
  return lines.flatMap((line) => reader.read(line).events);
}

const played = (name: Name, file: string) => read(programs[name], linesOf(name, file));

/** Returns the session's use by each line that tells it. */
const usages = (events: readonly RecordEvent[]): readonly Usage[] =>
  events.flatMap((event) => (event.kind === "usage" ? [event.session] : []));

function words(events: readonly RecordEvent[]): readonly string[] {
  return events.flatMap((event) => {
    switch (event.kind) {
      case "tool":
        return [`> ${event.tool} ${event.detail || event.paths.join(" ")}`];
      case "message":
        return [event.text];
      case "turn-ended":
        return [event.outcome.kind];
      case "called":
      case "returned":
      case "usage":
        return [];
      default:
        return [event.kind];
    }
  });
}

test("a session is told in order, each event once, with its usage", () => {
  expect(words(played("claude", "work"))).toEqual([
    "turn-started",
    "> Write src/alpha.ts",
    "> Edit src/alpha.ts",
    "> Bash git add -A && git commit -m 'Alpha'",
    "done",
    "finished",
  ]);
  expect(usages(played("claude", "work")).at(-1)).toEqual({
    inputTokens: 8_400,
    outputTokens: 160,
    costUsd: 0.025_04,
  });
  expect(words(played("codex", "work"))).toEqual([
    "turn-started",
    "> edit src/alpha.ts",
    "> edit src/alpha.ts",
    "> shell git add -A && git commit -m 'Alpha'",
    "done",
    "finished",
  ]);
  expect(usages(played("codex", "work")).at(-1)).toEqual({
    inputTokens: 8_000,
    outputTokens: 160,
    costUsd: null,
  });
});

test.each([
  ["claude", "limit", "limited"],
  ["claude", "rate", "limited"],
  ["claude", "auth", "unauthorised"],
  ["claude", "context", "exhausted"],
  ["claude", "error", "failed"],
  ["codex", "limit", "limited"],
  ["codex", "rate", "limited"],
  ["codex", "auth", "unauthorised"],
  ["codex", "context", "exhausted"],
  ["codex", "error", "failed"],
] as const)("%s: a turn that ends on %s is %s", (name, file, kind) => {
  const ends = played(name, file).filter((event) => event.kind === "turn-ended");
  expect(ends).toMatchObject([{ outcome: { kind, why: expect.stringMatching(/./) } }]);
  const limit = { limit: "usage", rate: "rate" }[file as string];
  if (kind === "limited") expect(ends).toMatchObject([{ outcome: { limit } }]);
});

test.each([
  ["claude", "interrupted"],
  ["claude", "interrupted-tool"],
  ["claude", "dialog"],
  ["codex", "interrupted"],
  ["codex", "interrupted-tool"],
] as const)("%s: %s is a turn that a person interrupted, and no call stays open", (name, file) => {
  const events = played(name, file);
  const at = events.findIndex(({ kind }) => kind === "interrupted");
  const before = events.slice(0, at);
  const calls = (kind: string) => before.filter((event) => event.kind === kind).length;
  expect([at > 0, calls("called")]).toEqual([true, calls("returned")]);
  // The turn that follows is another turn.
  expect(words(events.slice(at + 1))[0]).toBe("turn-started");
});

test("a sub-agent's work stands apart, and its tokens count once in whatever order it is read", () => {
  const own = linesOf("claude", "sub-agent");
  const file = readdirSync(join(folder, "claude/sub-agent/subagents"))[0] ?? "";
  const apart = linesOf("claude", `sub-agent/subagents/${file.replace(".jsonl", "")}`);
  const told = read(claudeRecords, apart);
  expect(told).toMatchObject([
    { kind: "tool", tool: "Bash", subAgent: "ac4088dac4e65efd2" },
    { kind: "usage" },
    { kind: "message", text: "inner done", subAgent: "ac4088dac4e65efd2" },
    { kind: "usage" },
  ]);
  expect(read(claudeRecords, own)).toContainEqual({ kind: "background", running: 1 });
  const all = { inputTokens: 12_600, outputTokens: 240, costUsd: 0.037_56 };
  expect(usages(read(claudeRecords, [...own, ...apart])).at(-1)).toEqual(all);
  expect(usages(read(claudeRecords, [...apart, ...own])).at(-1)).toEqual(all);
});

test("a session of three processes, one of them killed, counts every answer once", () => {
  // Nine answers of 2 100 in and 40 out; the total its program keeps has lost two of them.
  expect(usages(played("claude", "resumed")).at(-1)).toEqual({
    inputTokens: 18_900,
    outputTokens: 360,
    costUsd: expect.closeTo(0.043_82, 6),
  });
  expect(usages(played("codex", "resumed")).at(-1)).toEqual({
    inputTokens: 18_000,
    outputTokens: 360,
    costUsd: null,
  });
});

test("a session that made room for itself goes on, and the tokens of that count as well", () => {
  // Two answers before, two for the summary, of which only the program's total tells, and one
  // after.
  expect(words(played("claude", "compacted"))).toEqual([
    ...["turn-started", "> Write src/alpha.ts", "one", "finished"],
    ...["turn-started", expect.stringMatching(/^echo/), "finished"],
  ]);
  expect(usages(played("claude", "compacted")).at(-1)).toEqual({
    inputTokens: 10_500,
    outputTokens: 200,
    costUsd: expect.closeTo(0.0313, 6),
  });
  expect(usages(played("codex", "compacted")).at(-1)).toMatchObject({ inputTokens: 6_000 });
});

test("an older version's running total is no sum of answers", () => {
  const older = linesOf("codex", "work").filter((line) => !line.includes("token_usage_record"));
  expect(usages(read(codexRecords, older)).at(-1)).toMatchObject({ inputTokens: 8_000 });
});

const files = (["claude", "codex"] as const).flatMap((name) =>
  readdirSync(join(folder, name), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(".jsonl"))
    .map((file) => [name, file.replace(".jsonl", "")] as const),
);

test.each(files)("%s, %s: every line is known, and the usage never falls", (name, file) => {
  const events = played(name, file);
  expect(events.filter(({ kind }) => kind === "unknown")).toEqual([]);
  const told = usages(events);
  for (const [index, now] of told.entries()) {
    const former = told[index - 1] ?? now;
    expect(now.inputTokens).toBeGreaterThanOrEqual(former.inputTokens);
    expect(now.outputTokens).toBeGreaterThanOrEqual(former.outputTokens);
    expect(now.costUsd ?? 0).toBeGreaterThanOrEqual(former.costUsd ?? 0);
  }
});

test("a line of a later version is kept as unknown, and never a failure", () => {
  const lines = ["", "plain words", '{"type":"brand.new","payload":{}}', "[1]", "null"];
  for (const { reader } of Object.values(programs)) {
    for (const raw of lines) {
      expect(reader().read(raw)).toEqual({ at: null, events: [{ kind: "unknown", raw }] });
    }
    const broken = fc.constantFrom(...files).map(([name, file]) => linesOf(name, file));
    fc.assert(
      fc.property(broken, fc.nat(), fc.nat(), (from, line, cut) => {
        const raw = from[line % from.length] ?? "";
        reader().read(raw.slice(0, cut % (raw.length + 1)));
        reader().read(raw.replaceAll(/"[\w-]+":/g, (key) => (key.length % 3 === 0 ? '"x":' : key)));
      }),
    );
  }
});

const amount = fc.nat(1_000);
const usage = fc.record({
  inputTokens: amount,
  outputTokens: amount,
  costUsd: fc.option(fc.integer({ min: 0, max: 100 })),
});

test("a total counts nothing twice when it is read again from anywhere", () => {
  fc.assert(
    fc.property(fc.array(usage, { maxLength: 20 }), (totals) => {
      let known: Usage | null = null;
      let [input, output, cost] = [0, 0, 0];
      for (const total of totals) {
        const came = usageBeyond(known, total);
        known = came?.session ?? known;
        input += came?.more.inputTokens ?? 0;
        output += came?.more.outputTokens ?? 0;
        cost += came?.more.costUsd ?? 0;
      }
      const most = (figure: (one: Usage) => number) => Math.max(0, ...totals.map(figure));
      expect([input, output, cost]).toEqual([
        most((one) => one.inputTokens),
        most((one) => one.outputTokens),
        most((one) => one.costUsd ?? 0),
      ]);
    }),
  );
});

test("answers told again line by line count as often as they were given", () => {
  const answer = fc.record({ id: fc.constantFrom("a", "b", "c", "d"), tokens: amount });
  fc.assert(
    fc.property(fc.array(answer), (answers) => {
      const tally = new UsageTally();
      for (const { id, tokens } of answers) {
        tally.answer(id, { inputTokens: tokens, outputTokens: 0 });
      }
      const most = new Map<string, number>();
      for (const { id, tokens } of answers) most.set(id, Math.max(tokens, most.get(id) ?? 0));
      expect(tally.usage.inputTokens).toBe([...most.values()].reduce((sum, one) => sum + one, 0));
    }),
  );
});
