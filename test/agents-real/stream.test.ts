import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import type { EventKind } from "../../src/ground/journal/event.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { eventsOf } from "../support/events.ts";
import { settled } from "../support/grow.ts";
import { git, writeFiles } from "../support/repo.ts";
import { expectValid } from "../support/schema.ts";
import { type Program, programs, whyNot } from "./programs.ts";
import { type Stage, stage } from "./stage.ts";

/*
 * The real programs, without a terminal, from `pleach run` to the landing. A prompt carries the
 * script that the model plays with the program's own tools.
 */

/** The first task, where there is one worker. */
const first = "alpha";
const script = (id: string, ...steps: readonly string[]): string =>
  `- [ ] Add ${id}  id:${id} touches:src/${id}.ts priority:${id === first ? 9 : 0}\n  SCRIPT: ${steps.join("; ")} ENDSCRIPT\n`;
const write = (id: string, text = `export const ${id} = 1`): string =>
  `write src/${id}.ts <<${text}>>`;
const gate = (line: string): string => `[land]\ngate = "${line}"\n`;

/** Reads the user's settings for each program. */
const settingsOf = ({ top }: Stage): readonly string[] =>
  [".codex/config.toml", ".config/opencode/opencode.json", ".gemini/settings.json"].map((file) =>
    readFileSync(join(top, "../home", file), "utf8"),
  );

const pricesNothing = ["codex", "gemini"];

for (const program of programs) {
  const reason = whyNot(program);
  const name = reason === undefined ? program.name : `${program.name}: skipped, ${reason}`;
  describe.skipIf(reason !== undefined)(name, { timeout: 180_000 }, () => suite(program));
}

function suite(program: Program): void {
  const commits = program.name !== "codex";
  /**
   * Returns the steps of a commit; with `pleach` as the committer the agent only leaves its work.
   */
  const commit = (id: string): readonly string[] =>
    commits ? [`run <<git add -A && git commit -m 'Add ${id}'>>`] : [];
  const events = <Kind extends EventKind>({ ground }: Stage, kind: Kind) =>
    eventsOf(ground.store, kind);

  test("three tasks grow side by side, and land with their usage", async () => {
    const ids = ["alpha", "beta", "gamma"];
    const tasks = ids.map((id) => script(id, write(id), ...commit(id), "say <<done>>")).join("");
    const here = await stage(program, tasks, gate("git log -1"));
    const settings = settingsOf(here);
    const run = await here.pleach("run", "--yes", "--json", "--offline");
    const finished = JSON.parse(run.stdout.trimEnd().split("\n").at(-1) ?? "");
    expect([run.exitCode, finished.notLanded]).toEqual([0, []]);
    expect(finished.landed).toHaveLength(3);
    expect(git(here.top, "ls-tree", "--name-only", "main", "src/").split("\n")).toEqual(
      ids.map((id) => `src/${id}.ts`),
    );
    expect(git(here.top, "show", "main:TASKS.md")).not.toContain("- [ ]");
    const listed = (await here.pleach("ls", "--all", "--json")).stdout;
    expectValid("ls", JSON.parse(listed));
    const inputs = JSON.parse(listed).tracks.map(
      (track: { readonly usage: { readonly inputTokens: number } }) => track.usage.inputTokens,
    );
    expect(Math.min(...inputs)).toBeGreaterThan(1_000);
    expect(finished.usage.inputTokens).toBe(inputs.reduce((a: number, b: number) => a + b));
    expect(finished.usage.costUsd === null).toBe(pricesNothing.includes(program.name));
    expect(events(here, "worker.session")).toHaveLength(3);
    // Nothing was written to the user's settings: no trust, no model, no hook.
    expect(settingsOf(here)).toEqual(settings);
  });

  test("a red gate is handed back to the same session, which knows what came before", async () => {
    const steps = [
      ...[write("alpha"), ...commit("alpha"), "say <<first>>"],
      ...["write ok.txt <<ok>>", ...commit("ok"), "say <<second>>"],
    ];
    const here = await stage(program, script("alpha", ...steps), gate("test -f ok.txt"));
    expect((await here.pleach("run", "--yes", "--offline")).exitCode).toBe(0);
    expect(events(here, "track.handed-back")).toHaveLength(1);
    expect(events(here, "worker.created")).toHaveLength(2);
    expect(new Set(events(here, "worker.session").map((event) => event.sessionId)).size).toBe(1);
    const { usage } = await here.track("alpha");
    const told = events(here, "worker.usage");
    if (program.name !== "opencode" && program.name !== "codex") expect(told).toHaveLength(2);
    expect(told.at(-1)?.session).toMatchObject({ inputTokens: usage.inputTokens });
  });

  // Gemini and OpenCode wait for long by themselves before they tell of a limit.
  const tellsLimits = program.name === "claude" || program.name === "codex";

  test.runIf(tellsLimits)("a limit holds the account, and the same session goes on", async () => {
    const tasks = [
      script("alpha", "error 429 times=2", write("alpha"), ...commit("alpha"), "say <<done>>"),
      script("beta", write("beta"), ...commit("beta"), "say <<done>>"),
    ].join("");
    const toml = `workers = 1\n${gate("git log -1")}[holds]\nprobe = "1s"\nprobe_max = "2s"\nstagger = "1s"\n`;
    const here = await stage(program, tasks, toml);
    expect((await here.pleach("run", "--yes", "--offline")).exitCode).toBe(0);
    const [held] = events(here, "account.held");
    expect(held).toMatchObject({ kind: "rate", track: "alpha", reopens: null, strikes: 1 });
    const [first, second, ...others] = events(here, "worker.created");
    expect([first?.track, second?.track]).toEqual(["alpha", "alpha"]);
    const session = events(here, "worker.session").find(({ track }) => track === "alpha");
    expect(second?.session).toMatchObject({ id: session?.sessionId });
    // A track that had never started waited as well, until the worker that tried showed life.
    const opened = events(here, "account.opened").at(-1)?.seq ?? 0;
    const beta = others.find(({ track }) => track === "beta");
    expect(beta?.seq).toBeGreaterThan(opened);
    expect(git(here.top, "show", "main:src/alpha.ts")).toBe("export const alpha = 1");
  });

  test.runIf(tellsLimits)(
    "a used-up allowance is held until its time, by hand as well",
    async () => {
      const steps = [
        "error 429 kind=usage times=1",
        write("alpha"),
        ...commit("alpha"),
        "say <<x>>",
      ];
      const here = await stage(program, script("alpha", ...steps), gate("git log -1"));
      const alpha = parseTrackName("alpha");
      expect((await here.pleach("start", "alpha", "--task", "alpha", "--yes")).exitCode).toBe(0);
      await settled(here.ground, alpha);
      expect(await here.track("alpha")).toMatchObject({ state: "held", reason: "limit" });
      const [held] = events(here, "account.held");
      expect(held).toMatchObject({ kind: "usage" });
      if (program.name === "codex") {
        // Its words name the minute in which the model server says that it reopens: in an hour.
        const minutes = (Number(held?.reopens) - (held?.at ?? 0)) / 60_000;
        expect(Math.abs(minutes - 60)).toBeLessThan(3);
      }
      const refused = await here.pleach("start", "alpha", "--yes");
      expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining("is held")]);
      // A resumed conversation may meet the same error of its script once more: one more try.
      for (let tries = 0; tries < 3 && (await here.track("alpha")).state === "held"; tries += 1) {
        here.ground.store.write("UPDATE holds SET doc = json_set(doc, '$.opens', 0)");
        expect((await here.pleach("start", "alpha", "--yes")).exitCode).toBe(0);
        await settled(here.ground, alpha);
      }
      expect(await here.track("alpha")).toMatchObject({ state: "ready" });
      const [id, ...later] = events(here, "worker.created").map((event) => event.session);
      expect(id).toBeNull();
      const sessionId = events(here, "worker.session")[0]?.sessionId;
      for (const session of later) expect(session).toMatchObject({ id: sessionId });
      expect(events(here, "account.opened")).toHaveLength(1);
    },
  );

  test("a lost worker goes on in its session, over the files that lay there uncommitted", async () => {
    const tasks = script("alpha", write("alpha"), "sleep 100000", "say <<x>>");
    const here = await stage(program, tasks, gate("git log -1"));
    await here.pleach("start", "alpha", "--task", "alpha", "--yes");
    const { worktree } = await here.track("alpha");
    const written = join(worktree, "src/alpha.ts");
    await expect.poll(() => existsSync(written), { timeout: 30_000 }).toBe(true);
    const latest = () => latestWorker(here.ground.store, parseTrackName("alpha"));
    // A program may write its first file before it has told of its session.
    await expect.poll(() => latest()?.sessionId, { timeout: 30_000 }).toMatch(/./);
    const worker = latest();
    process.kill(worker?.supervisor?.pid ?? 0, "SIGKILL");
    const steps = [...commit("alpha"), "say <<done>>"].join("; ");
    writeFiles(worktree, { ".pleach/HANDOFF.md": `SCRIPT: ${steps} ENDSCRIPT\n` });
    expect((await here.pleach("run", "--yes", "--offline")).exitCode).toBe(0);
    expect(events(here, "worker.lost")).toHaveLength(1);
    expect(events(here, "worker.created")[1]?.session).toMatchObject({ id: worker?.sessionId });
    expect(git(here.top, "show", "main:src/alpha.ts")).toBe("export const alpha = 1");
  });

  test.each([
    ["a refused login", "error 401 times=99", "auth", 1],
    [
      "a full context, met once by a fresh session that gets no further",
      "error 400 kind=context times=99",
      // OpenCode compacts by itself and goes on, and the model has lost its script by then.
      program.name === "opencode" ? "not-done" : "context",
      program.name === "opencode" ? 1 : 2,
    ],
  ])("%s is not done, and not tried again and again", async (_, step, reason, sessions) => {
    const here = await stage(program, script("alpha", step, "say <<x>>"), gate("git log -1"));
    expect((await here.pleach("run", "--yes", "--offline")).exitCode).toBe(3);
    expect(await here.track("alpha")).toMatchObject({ state: "needs-human", reason });
    expect(events(here, "worker.created")).toHaveLength(1);
    expect(events(here, "worker.session")).toHaveLength(sessions);
    if (sessions === 1) return;
    expect(events(here, "worker.renewed")).toMatchObject([{ count: 1 }]);
    const { worktree } = await here.track("alpha");
    const handoff = readFileSync(join(worktree, ".pleach/HANDOFF.md"), "utf8");
    expect(handoff).toMatch(/could not go on[\s\S]*- Add alpha\n/);
  });

  test.runIf(program.name === "claude")("a denied permission is not done", async () => {
    const steps = [write("alpha"), ...commit("alpha"), "run <<curl http://127.0.0.1:1/>>"];
    const edits = `${gate("git log -1")}[agents.claude]\npermissions = "edits"\n`;
    const here = await stage(program, script("alpha", ...steps, "say <<done>>"), edits);
    const run = await here.pleach("run", "--yes", "--offline");
    expect(run.exitCode).toBe(3);
    expect(run.stdout + run.stderr).toContain("denied");
    expect(await here.track("alpha")).toMatchObject({ state: "needs-human", reason: "denied" });
    expect(events(here, "worker.denied")).toMatchObject([{ tool: "Bash" }]);
  });

  test("the agent commits by itself with permissions bypass, and that is shown", async () => {
    const steps = [write("alpha"), "run <<git add -A && git commit -m 'By itself'>>", "say <<x>>"];
    const toml = `${gate("git log -1")}[agents.${program.name}]\npermissions = "bypass"\n`;
    const here = await stage(program, script("alpha", ...steps), toml);
    expect((await here.pleach("run", "--yes", "--offline", "--no-land")).exitCode).toBe(3);
    expect(await here.track("alpha")).toMatchObject({ state: "ready", permissions: "bypass" });
    expect(git(here.top, "log", "-1", "--format=%s", "work/alpha")).toBe("By itself");
  });
}
