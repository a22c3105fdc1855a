import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import type { EventKind } from "../../src/ground/journal/event.ts";
import { attachTo } from "../../src/grow/terminal/attach.ts";
import { openAsks } from "../../src/talk/ask-store.ts";
import { allMessages } from "../../src/talk/message-store.ts";
import { trackFiles } from "../../src/track/track-files.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { eventsOf } from "../support/events.ts";
import { settled } from "../support/grow.ts";
import { git, writeFiles } from "../support/repo.ts";
import { person } from "../support/terminal.ts";
import { type Program, programs, whyNot } from "./programs.ts";
import { type Stage, stage } from "./stage.ts";

/*
 * The real programs in terminals that their supervisors own, from `pleach run` to the landing. A
 * prompt carries the script that the model plays with the program's own tools.
 */

const name = parseTrackName("alpha");
const script = (...steps: readonly string[]): string =>
  `- [ ] Add alpha  id:alpha touches:src/alpha.ts\n  SCRIPT: ${steps.join("; ")} ENDSCRIPT\n`;
const write = "write src/alpha.ts <<export const alpha = 1>>";

for (const program of programs.filter((one) => one.name === "claude" || one.name === "codex")) {
  const reason = whyNot(program);
  const title = reason === undefined ? program.name : `${program.name}: skipped, ${reason}`;
  describe.skipIf(reason !== undefined)(title, { timeout: 60_000 }, () => suite(program));
}

/** Writes a person's earlier answer, given once for a repository: that it is trusted. */
function trust(here: Stage): void {
  const projects = { [here.top]: { hasTrustDialogAccepted: true } };
  onboard(here, `[projects."${here.top}"]\ntrust_level = "trusted"\n`, { projects });
}

/** Makes the home of a person who has used the programs before. */
function onboard({ top }: Pick<Stage, "top">, toml = "", json = {}): void {
  const home = join(top, "../home");
  const config = readFileSync(join(home, ".codex/config.toml"), "utf8");
  writeFiles(home, {
    ".codex/config.toml": `${config}${toml}${keepsModel}`,
    ".claude.json": JSON.stringify({ ...onboarded, ...json }),
  });
}

/**
 * The setting that keeps Codex from asking, before the first prompt, whether to use a newer model.
 */
const keepsModel = '[notice.model_migrations]\n"gpt-5.5" = "gpt-6-sol"\n';

const onboarded = {
  hasCompletedOnboarding: true,
  customApiKeyResponses: { approved: ["not-a-key-at-all"] },
};

function suite(program: Program): void {
  const commit = program.name === "claude" ? ["run <<git add -A && git commit -m 'Alpha'>>"] : [];
  const events = <Kind extends EventKind>({ ground }: Stage, kind: Kind) =>
    eventsOf(ground.store, kind);
  const terminal = async (tasks: string, more = "") => {
    const toml = `${more}[land]\ngate = "git log -1"\n[agents.${program.name}]\nmode = "terminal"\ndone_after = "2s"\n`;
    const here = await stage(program, tasks, toml);
    trust(here);
    return here;
  };
  const run = async (here: Stage) =>
    await here.pleach("run", "--yes", "--offline", "--host", "headless");
  const worker = (here: Stage) => latestWorker(here.ground.store, name);
  /** Returns what `pleach logs --json` holds of the work itself. */
  const did = (here: Stage): readonly string[] =>
    readFileSync(trackFiles(here.ground.repo.stateDir, name).transcript, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
      .flatMap(({ kind, text, tool, detail, paths }) => {
        if (kind === "message") return [`message ${text}`];
        return kind === "tool" ? [`tool ${tool} ${detail || paths.join(" ")}`] : [];
      });
  const until = async (here: Stage, state: string) =>
    await expect.poll(() => worker(here)?.at.state, { timeout: 30_000 }).toBe(state);

  test("a task is done and lands; the agent ends by itself", async () => {
    const here = await terminal(script(write, ...commit, "say <<done>>"));
    expect((await run(here)).exitCode).toBe(0);
    expect(git(here.top, "show", "main:src/alpha.ts")).toBe("export const alpha = 1");
    expect(worker(here)?.at).toEqual({ state: "exited", code: 0 });
    expect(events(here, "worker.session")).toHaveLength(1);
    const told = events(here, "worker.signalled").map(({ said }) => said);
    expect(told).toContainEqual(expect.objectContaining({ source: "program", says: "turn-ended" }));
    expect(told).toContainEqual(
      expect.objectContaining({ source: "transcript", says: "turn-ended" }),
    );
    // Its record tells its usage, and each of its acts once.
    const answers = commit.length + 2;
    const { usage } = await here.track("alpha");
    expect(usage).toMatchObject({
      inputTokens: answers * (program.name === "claude" ? 2_100 : 2_000),
      outputTokens: answers * 40,
    });
    if (program.name === "claude") expect(usage.costUsd).toBeCloseTo(answers * 0.006_26, 6);
    else expect(usage.costUsd).toBeNull();
    expect(did(here)).toEqual([
      expect.stringMatching(/^tool .*src\/alpha\.ts/),
      ...commit.map(() => expect.stringMatching(/^tool Bash git add/)),
      "message done",
    ]);
    expect(worker(here)?.misheard).toBeUndefined();
  });

  test("a reminder of missing work is typed into the same session, and taken", async () => {
    const steps = ["say <<first>>", write, ...commit, "say <<done>>"];
    const here = await terminal(script(...steps));
    expect((await run(here)).exitCode).toBe(0);
    expect(events(here, "worker.reminded")).toHaveLength(1);
    expect(events(here, "worker.started")).toHaveLength(1);
    expect(git(here.top, "show", "main:src/alpha.ts")).toBe("export const alpha = 1");
  });

  test("a worker that is lost goes on in its session", async () => {
    const here = await terminal(script(write, "sleep 100000", "say <<x>>"));
    await here.pleach("start", "alpha", "--task", "alpha", "--yes", "--host", "headless");
    const { worktree } = await here.track("alpha");
    await expect
      .poll(() => existsSync(join(worktree, "src/alpha.ts")), { timeout: 30_000 })
      .toBe(true);
    await expect.poll(() => worker(here)?.sessionId, { timeout: 10_000 }).not.toBeNull();
    const { sessionId, supervisor } = worker(here) ?? {};
    process.kill(supervisor?.pid ?? 0, "SIGKILL");
    const steps = [...commit, "say <<done>>"].join("; ");
    writeFiles(worktree, { ".pleach/HANDOFF.md": `SCRIPT: ${steps} ENDSCRIPT\n` });
    expect((await run(here)).exitCode).toBe(0);
    expect(events(here, "worker.created")[1]?.session).toMatchObject({ id: sessionId });
    expect(git(here.top, "show", "main:src/alpha.ts")).toBe("export const alpha = 1");
    // Each answer of both processes counts once.
    const answers = commit.length + 2;
    const { usage } = await here.track("alpha");
    expect(usage.outputTokens).toBe(answers * 40);
  });

  test("a budget that is used up types no reminder", async () => {
    const steps = script("say <<first>>", write, ...commit, "say <<done>>");
    const here = await terminal(steps, "[budget.worker]\ntokens = 2_000\n");
    expect((await run(here)).exitCode).toBe(3);
    expect(await here.track("alpha")).toMatchObject({ state: "needs-human", reason: "budget" });
    expect([events(here, "worker.reminded"), worker(here)?.turns]).toEqual([[], 1]);
    expect(events(here, "worker.warned")).toHaveLength(1);
    expect(worker(here)?.usage?.outputTokens).toBe(40);
    // A person who says go on gives it as much again, in the same session.
    await here.pleach("start", "alpha", "--yes", "--host", "headless");
    await settled(here.ground, name);
    expect(await here.track("alpha")).toMatchObject({ state: "ready" });
    expect(worker(here)?.usage?.outputTokens).toBe((commit.length + 2) * 40);
  });

  test("a folder that is not trusted yet is the person's to answer, and that is said", async () => {
    const here = await stage(
      program,
      script(write, ...commit, "say <<done>>"),
      `[agents.${program.name}]\nmode = "terminal"\ndone_after = "2s"\n`,
    );
    onboard(here);
    await here.pleach("start", "alpha", "--task", "alpha", "--yes", "--host", "headless");
    await until(here, "blocked");
    expect(JSON.stringify(worker(here)?.at)).toContain("trust");
    const someone = await person({ columns: 120, rows: 40 });
    const attached = attachTo(worker(here)?.socket ?? "", someone.outer, { readOnly: false });
    await someone.shows("rust this folder");
    if (program.name === "claude") {
      // The answer that stands there first is the no; keys are lost while the program still starts.
      const isYes = () => someone.mirror.text().join("\n").includes("❯ Yes, I trust");
      const press = () => isYes() || void someone.type("\x1b[B");
      await expect.poll(press, { timeout: 20_000, interval: 1_000 }).toBe(true);
    }
    someone.type("\r");
    await settled(here.ground, name);
    expect(await here.track("alpha")).toMatchObject({ state: "ready" });
    expect(await attached).toEqual({ kind: "ended" });
  });

  test("an error of the model is not done", async () => {
    const here = await terminal(script("error 500 times=99", "say <<x>>"));
    expect((await run(here)).exitCode).toBe(3);
    expect(await here.track("alpha")).toMatchObject({
      state: "needs-human",
      reason: "agent-failed",
    });
    expect(worker(here)?.at.state).toBe("exited");
  });

  test("a refused login is not done, and said as such", async () => {
    const here = await terminal(script("error 401 times=99", "say <<x>>"));
    await here.pleach("start", "alpha", "--task", "alpha", "--yes", "--host", "headless");
    // Claude waits for a login in its terminal; Codex gives the turn up.
    if (program.name === "claude") {
      await until(here, "blocked");
      expect(worker(here)?.at).toMatchObject({ reason: "auth" });
    } else {
      expect((await settled(here.ground, name)).at).toMatchObject({ reason: "auth" });
    }
  });

  test.runIf(program.name === "claude")("a permission it asks for is given by a key", async () => {
    const here = await terminal(
      script(write, ...commit, "run <<curl http://127.0.0.1:1/>>", "say <<done>>"),
    );
    await here.pleach("start", "alpha", "--task", "alpha", "--yes", "--host", "headless");
    await until(here, "blocked");
    expect(worker(here)?.at).toMatchObject({ reason: "permission" });
    const someone = await person({ columns: 100, rows: 30 });
    const attached = attachTo(worker(here)?.socket ?? "", someone.outer, { readOnly: false });
    await someone.shows("Do you want to proceed?");
    someone.type("1");
    await settled(here.ground, name);
    expect(await here.track("alpha")).toMatchObject({ state: "ready" });
    expect(await attached).toEqual({ kind: "ended" });
  });

  test("an ask is answered from elsewhere, and a message reaches the agent", async () => {
    const ask =
      program.name === "claude"
        ? "run <<curl http://127.0.0.1:1/>>"
        : 'tool exec_command {"cmd":"ls /","sandbox_permissions":"require_escalated","justification":"look"}';
    const here = await terminal(script(write, ...commit, ask, "say <<done>>", "say <<heard>>"));
    await here.pleach("start", "alpha", "--task", "alpha", "--yes", "--host", "headless");
    await until(here, "blocked");
    await expect
      .poll(async () => (await here.pleach("attention", "--json")).stdout, { timeout: 10_000 })
      .toMatch(program.name === "claude" ? /curl/ : /ls \//);
    await here.pleach("tell", "alpha", "Mind the gap");
    expect(allMessages(here.ground.store)[0]?.state).not.toBe("delivered");
    // The agent's own report is heard before its dialog is recorded as an ask.
    await expect.poll(() => openAsks(here.ground.store)).toHaveLength(1);
    const number = String(openAsks(here.ground.store)[0]?.id);
    const answered = await here.pleach("answer", "alpha", "allow", "--ask", number);
    expect([answered.exitCode, answered.stdout, answered.stderr]).toEqual([
      ...[0, expect.stringContaining("closed"), ""],
    ]);
    await expect
      .poll(() => allMessages(here.ground.store)[0], { timeout: 20_000 })
      .toMatchObject({ state: "delivered", road: "hook" });
    await settled(here.ground, name);
    expect(await here.track("alpha")).toMatchObject({ state: "ready" });
  });
}
