import { describe, expect, test } from "vitest";
import type { Mode } from "../../src/hosts/choice.ts";
import { git } from "../support/repo.ts";
import { type Program, programs, whyNot } from "./programs.ts";
import { type Stage, stage } from "./stage.ts";
import { trust } from "./trust.ts";

/*
 * A backlog of six tasks with the real programs, as a person would run it: two that need an earlier
 * task, two that change the same file, one that asks and is answered while the others go on.
 */

for (const program of programs.filter(({ name }) => name === "claude" || name === "codex")) {
  const reason = whyNot(program);
  for (const mode of ["stream", "terminal"] as const) {
    const title = `${program.name}, mode ${mode}`;
    const name = reason === undefined ? title : `${title}: skipped, ${reason}`;
    describe.skipIf(reason !== undefined)(name, { timeout: 240_000 }, () => suite(program, mode));
  }
}

interface Listed {
  readonly name: string;
  readonly state: string;
  readonly tasks: readonly string[];
}

interface Need {
  readonly track?: string;
  readonly ask?: number;
}

function suite(program: Program, mode: Mode): void {
  const isClaude = program.name === "claude";
  const asking = isClaude
    ? "run <<curl http://127.0.0.1:1/>>"
    : 'tool exec_command {"cmd":"ls /","sandbox_permissions":"require_escalated","justification":"look"}';
  const write = (path: string, text: string): string => `write src/${path} <<${text}>>`;
  const task = (id: string, words: string, ...steps: readonly string[]): string => {
    const commit = isClaude ? [`run <<git add -A && git commit -m 'Add ${id}'>>`] : [];
    const script = [...steps, ...commit, "say <<done>>"].join("; ");
    return `- [ ] Add ${id}  id:${id} ${words}\n  SCRIPT: ${script} ENDSCRIPT\n`;
  };
  const more = "edit src/shared.ts <<one>> <<two>>";
  const tasks = [
    task("alpha", "touches:src/alpha.ts", write("alpha.ts", "export const alpha = 1")),
    task("beta", "touches:src/beta.ts after:alpha", write("beta.ts", "export const beta = 2")),
    task("gamma", "touches:src/gamma.ts priority:9", asking, write("gamma.ts", "gamma")),
    // Both are one track, and one prompt: the model plays the last script that stands there.
    "- [ ] Add delta  id:delta touches:src/shared.ts\n",
    task("epsilon", "touches:src/shared.ts after:delta", write("shared.ts", "one"), more),
    task("zeta", "touches:src/zeta.ts", write("zeta.ts", "zeta")),
  ].join("");

  test("six tasks land, one of them after it has asked and was answered", async () => {
    const agent = `[agents.${program.name}]\nmode = "${mode}"\ndone_after = "2s"\n`;
    const here = await stage(program, tasks, `workers = 3\n[land]\ngate = "git log -1"\n${agent}`);
    trust(here);
    const running = here.pleach("run", "--yes", "--json", "--offline", "--host", "headless");
    const ask = async () => await findAsk(here);
    await expect.poll(ask, { timeout: 60_000 }).toMatch(/\d/);
    expect(heardAfter(here)).toBeLessThan(2_000);
    const answered = await here.pleach("answer", "gamma", "allow", "--ask", await ask());
    expect(answered, answered.stderr).toMatchObject({ exitCode: 0 });
    const run = await running;
    const finished = JSON.parse(run.stdout.trimEnd().split("\n").at(-1) ?? "");
    expect([run.exitCode, finished.notLanded], run.stderr).toEqual([0, []]);
    expect(finished.usage.inputTokens).toBeGreaterThan(1_000);
    const { tracks } = JSON.parse((await here.pleach("ls", "--all", "--json")).stdout);
    const landed = tracks.filter(({ state }: Listed) => state === "landed");
    expect(landed.flatMap((track: Listed) => track.tasks).toSorted()).toEqual(
      ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"].toSorted(),
    );
    expect(git(here.top, "ls-tree", "--name-only", "main", "src/").split("\n")).toEqual(
      ["alpha", "beta", "gamma", "shared", "zeta"].map((file) => `src/${file}.ts`),
    );
    expect(git(here.top, "show", "main:src/shared.ts")).toBe("two");
    expect(git(here.top, "show", "main:TASKS.md")).not.toContain("- [ ]");
    expect(git(here.top, "status", "--porcelain")).toBe("");
  });
}

/**
 * Finds the number of gamma's ask, as the queue of waiting workers shows it; empty: gamma asks
 * nothing.
 */
async function findAsk({ pleach }: Stage): Promise<string> {
  const { needs } = JSON.parse((await pleach("attention", "--json")).stdout);
  const asks = needs.filter((need: Need) => need.track === "gamma" && need.ask !== undefined);
  return asks.map(({ ask }: Need) => String(ask)).join();
}

/**
 * Measures the time from the model's own answer, which the program needs some time to read, to the
 * recorded ask.
 */
function heardAfter({ ground, requests }: Stage): number {
  const asked = ground.store.events().find(({ type }) => type === "ask.raised")?.at ?? Number.NaN;
  const times = requests()
    .trimEnd()
    .split("\n")
    .map((line): number => JSON.parse(line).t)
    .filter((time) => time <= asked);
  return asked - Math.max(...times);
}
