import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import type { EventKind } from "../../src/ground/journal/event.ts";
import { workersOf } from "../../src/worker/worker-store.ts";
import { eventsOf } from "../support/events.ts";
import { git, writeFiles } from "../support/repo.ts";
import { type Program, programs, whyNot } from "./programs.ts";
import { stage } from "./stage.ts";
import { trustAll } from "./trust.ts";

/*
 * The real programs, whose context is full: a fresh session reads what was done, and finishes it.
 * The script stands in the file of rules that each session reads at its start, and the first
 * session removes from it the steps that fill its context.
 */

for (const program of programs.filter(({ name }) => name === "claude" || name === "codex")) {
  const reason = whyNot(program);
  const name = reason === undefined ? program.name : `${program.name}: skipped, ${reason}`;
  describe.skipIf(reason !== undefined)(name, { timeout: 120_000 }, () => suite(program));
}

const full = "error 400 kind=context times=9";
const half = "write src/half.ts <<export const half = 1>>";
/**
 * The steps that fill the context in the middle of the work. The sed command does not match its own
 * words.
 */
const midway = [
  ...[half, `run <<sed -i 's/${full.replace("or", "o[r]")}; //' AGENTS.md CLAUDE.md>>`],
  full,
];
/**
 * The steps for Claude Code in its terminal, which reads changed rules again at once: there the
 * first request is refused.
 */
const atOnce = ["error 400 kind=context times=1", half];
const rest = [
  "write src/alpha.ts <<export const alpha = 1>>",
  "run <<git add -A && git commit -m 'Add alpha'>>",
  "say <<done>>",
];

function suite(program: Program): void {
  test.each(["stream", "terminal"])(
    "a full session is followed by a session that finishes: %s",
    async (mode) => {
      const agent = `[agents.${program.name}]\nmode = "${mode}"\npermissions = "bypass"\ndone_after = "2s"\n`;
      const task = "- [ ] Add alpha  id:alpha touches:src/**\n";
      const here = await stage(program, task, `${agent}[land]\ngate = "git log -1"\n`);
      // Without this setting it has its model make a summary first.
      trustAll(here, { autoCompactEnabled: false });
      const isAtOnce = program.name === "claude" && mode === "terminal";
      const steps = [...(isAtOnce ? atOnce : midway), ...rest];
      const rules = `SCRIPT: ${steps.join("; ")} ENDSCRIPT\n`;
      writeFiles(here.top, { "AGENTS.md": rules, "CLAUDE.md": rules });
      git(here.top, "add", "--all");
      git(here.top, "commit", "--quiet", "--message", "Rules");
      const run = await here.pleach("run", "--yes", "--offline", "--host", "headless");
      expect([run.exitCode, run.stdout + run.stderr]).toEqual([0, expect.stringMatching(/./)]);
      expect(git(here.top, "show", "main:src/alpha.ts")).toBe("export const alpha = 1");
      expect(git(here.top, "show", "main:src/half.ts")).toBe("export const half = 1");
      const events = <Kind extends EventKind>(kind: Kind) => eventsOf(here.ground.store, kind);
      expect(events("worker.spent")).toHaveLength(1);
      expect(events("worker.renewed")).toMatchObject([{ count: 1 }]);
      const sessions = new Set(events("worker.session").map(({ sessionId }) => sessionId));
      expect(sessions.size).toBe(2);
      // The fresh session was told what the full session had done.
      const heard = here.requests().split("\n");
      const told = heard.filter((line) => line.includes("A session before you could not go on"));
      expect(told.length).toBeGreaterThan(0);
      if (!isAtOnce) expect(told.at(-1)).toContain("src/half.ts");
      const [worker] = workersOf(here.ground.store, parseTrackName("alpha"), 0);
      // A full context answers nothing.
      expect(worker?.usage?.outputTokens).toBe((isAtOnce ? 4 : 2 + 5) * 40);
      expect(readFileSync(join(here.top, "TASKS.md"), "utf8")).toContain("- [x] Add alpha");
    },
  );
}
