import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import type { EventKind } from "../../src/ground/journal/event.ts";
import { findMarked } from "../../src/ground/proc/find.ts";
import { agentMark } from "../../src/grow/turn/end-worker.ts";
import type { Mode } from "../../src/hosts/choice.ts";
import type { Worker } from "../../src/worker/worker.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { eventsOf } from "../support/events.ts";
import { settled } from "../support/grow.ts";
import { git } from "../support/repo.ts";
import { serverOf } from "../support/tmux.ts";
import { type Program, programs, whyNot } from "./programs.ts";
import { type Stage, stage } from "./stage.ts";
import { trust } from "./trust.ts";

/* The real programs, killed and paused in the middle of their work: the same session goes on. */

const alpha = parseTrackName("alpha");

for (const program of programs) {
  const reason = whyNot(program);
  for (const mode of modesOf(program)) {
    const title = `${program.name}, mode ${mode}`;
    const name = reason === undefined ? title : `${title}: skipped, ${reason}`;
    describe.skipIf(reason !== undefined)(name, { timeout: 180_000 }, () => suite(program, mode));
  }
}

function modesOf({ name }: Program): readonly Mode[] {
  return name === "claude" || name === "codex" ? ["stream", "terminal"] : ["stream"];
}

interface Cut {
  readonly here: Stage;
  readonly server: ReturnType<typeof serverOf>;
  readonly worker: Worker;
}

/**
 * Starts a worker in a window of tmux, and returns in the middle of its work, with a file that is
 * not committed.
 */
async function cutOff(program: Program, mode: Mode): Promise<Cut> {
  const commit =
    program.name === "codex" ? [] : ["run <<git add -A && git commit -m 'Add alpha'>>"];
  const write = "write src/alpha.ts <<export const alpha = 1>>";
  // A program that was cut off may add a turn of its own, which the model takes for a step.
  const sleeps = ["sleep 3000", "sleep 3001", "sleep 3002", "sleep 3003"];
  const steps = [write, ...sleeps, ...Array(8).fill(commit).flat(), "say <<done>>"].join("; ");
  const task = `- [ ] Add alpha  id:alpha touches:src/alpha.ts\n  SCRIPT: ${steps} ENDSCRIPT\n`;
  const section = `[agents.${program.name}]\nmode = "${mode}"\ndone_after = "2s"\n`;
  const toml = `host = "tmux"\n[land]\ngate = "git log -1"\n${section}`;
  const here = await stage(program, task, toml);
  trust(here);
  const server = serverOf(here.ground);
  await here.pleach("start", "alpha", "--task", "alpha", "--yes");
  const worker = latestWorker(here.ground.store, alpha);
  if (worker === undefined) throw new Error("alpha has no worker");
  const { worktree } = await here.track("alpha");
  const written = join(worktree, "src/alpha.ts");
  await expect.poll(() => existsSync(written), { timeout: 60_000 }).toBe(true);
  // A program may write its first file before it has told of its session.
  const session = () => latestWorker(here.ground.store, alpha)?.sessionId;
  await expect.poll(session, { timeout: 30_000 }).toMatch(/./);
  const latest = latestWorker(here.ground.store, alpha) ?? worker;
  expect(latest).toMatchObject({ host: "tmux", sessionId: expect.stringMatching(/./) });
  return { here, server, worker: latest };
}

const events = <Kind extends EventKind>({ ground }: Stage, kind: Kind) =>
  eventsOf(ground.store, kind);

const kill = (pid: number | undefined): void => void process.kill(pid ?? 0, "SIGKILL");

/** Expects that all workers went on in a single session, and that no process was left. */
async function expectOneSession({ here, worker }: Cut): Promise<void> {
  const sessions = events(here, "worker.session").map((event) => event.sessionId);
  expect(new Set(sessions)).toEqual(new Set([worker.sessionId]));
  expect(latestWorker(here.ground.store, alpha)?.sessionId).toBe(worker.sessionId);
  for (const event of events(here, "worker.created")) {
    const left = await findMarked(agentMark, String(event.worker));
    expect(left).toEqual({ kind: "known", processes: [] });
  }
}

function suite(program: Program, mode: Mode): void {
  test("one session goes on and lands once after kill -9 of agent, then of tmux and supervisor", async () => {
    const cut = await cutOff(program, mode);
    const { here, server, worker } = cut;
    kill(worker.agentProcess?.pid);
    const starts = () => events(here, "worker.started").length;
    await expect.poll(starts, { timeout: 30_000 }).toBe(2);
    expect(events(here, "worker.crashed")).toMatchObject([{ signal: "SIGKILL" }]);
    kill(Number(server("display-message", "-p", "-t", "pleach", "#{pid}")));
    const again = latestWorker(here.ground.store, alpha);
    expect(again?.id).toBe(worker.id);
    kill(again?.supervisor?.pid);
    const run = await here.pleach("run", "--yes", "--offline");
    expect(run.exitCode, run.stdout + run.stderr).toBe(0);
    expect(events(here, "worker.lost")).toHaveLength(1);
    expect(git(here.top, "show", "main:src/alpha.ts")).toBe("export const alpha = 1");
    await expectOneSession(cut);
    await expect.poll(() => server("list-sessions")).toContain("no server running");
  });

  test("a worker paused in the middle of a turn goes on in its session when it is resumed", async () => {
    const cut = await cutOff(program, mode);
    const { here } = cut;
    const pause = await here.pleach("pause", "alpha");
    expect(pause).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("paused in session"),
    });
    expect(latestWorker(here.ground.store, alpha)?.at.state).toBe("paused");
    const { worktree } = await here.track("alpha");
    expect(readFileSync(join(worktree, "src/alpha.ts"), "utf8")).toContain("alpha = 1");
    const run = await here.pleach("run", "--yes", "--offline");
    expect(run.exitCode).toBe(3);
    expect(events(here, "worker.created")).toHaveLength(1);
    expect((await here.pleach("resume", "alpha", "--yes")).exitCode).toBe(0);
    expect((await settled(here.ground, alpha)).at).toMatchObject({ state: "ready" });
    await expectOneSession(cut);
  });
}
