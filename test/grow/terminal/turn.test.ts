import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Ground } from "../../../src/ground/ground.ts";
import type { EventKind } from "../../../src/ground/journal/event.ts";
import { findInside } from "../../../src/ground/proc/find.ts";
import { reconcileWorkers } from "../../../src/grow/reconcile.ts";
import { startTrack } from "../../../src/grow/start.ts";
import { stopTrack } from "../../../src/grow/stop.ts";
import { attachTo } from "../../../src/grow/terminal/attach.ts";
import { allMessages } from "../../../src/talk/message-store.ts";
import { tellTrack } from "../../../src/talk/tell.ts";
import { requireTrack } from "../../../src/track/track-store.ts";
import { latestWorker } from "../../../src/worker/worker-store.ts";
import { eventsOf } from "../../support/events.ts";
import { growRepo, settled } from "../../support/grow.ts";
import { git } from "../../support/repo.ts";
import { person, tui } from "../../support/terminal.ts";
import { trackSeed } from "../../support/track.ts";

/* Agents in a terminal of their supervisor's, from their start to the verdict on their work. */

const quoted = JSON.stringify([tui, "{prompt}"]);
/** Writes down all that it is told, beside its worktree. */
const toml = `[agents.tui]\ncommand = ${quoted}\nmode = "terminal"\ndone_after = "1s"\n`;

async function start(script: string, changes: { readonly toml?: string } = {}) {
  const { ground, config } = await growRepo(changes.toml ?? toml);
  const seed = trackSeed(ground, "auth", {
    agent: "tui",
    mode: "terminal",
    prompt: `SCRIPT: ${script} ENDSCRIPT`,
  });
  await startTrack(ground, config, seed);
  return { ground, config, seed };
}

const said = <Kind extends EventKind>(ground: Ground, kind: Kind) => eventsOf(ground.store, kind);

const worker = (ground: Ground) => latestWorker(ground.store, trackSeed(ground, "auth").name);

async function opened(ground: Ground, state = "blocked"): Promise<string> {
  await expect.poll(() => worker(ground)?.at.state, { timeout: 20_000 }).toBe(state);
  return worker(ground)?.socket ?? "";
}

test("work done in a terminal counts when nothing follows the end of its turn", async () => {
  const { ground, seed } = await start("say hello; commit Work");
  const track = await settled(ground, seed.name);
  expect(track.at).toMatchObject({ state: "ready" });
  expect(git(seed.worktree, "log", "-1", "--format=%s")).toBe("Work");
  expect(said(ground, "worker.signalled").map((event) => event.state)).toContain("idle");
  expect(await findInside(seed.worktree)).toEqual({ kind: "known", processes: [] });
  const folder = join(ground.repo.stateDir, "tracks/auth");
  expect(readFileSync(join(folder, "terminal.raw"), "utf8")).toContain("hello");
  expect(statSync(join(folder, "terminal.raw")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, "output.log"), "utf8")).toMatch(/^working: .*\ndone\n/m);
});

test("a prompt is read from a file when it is too long for an argument", async () => {
  const { ground, seed } = await start(`say ${"x".repeat(200_000)}; commit Work`);
  expect((await settled(ground, seed.name)).at).toMatchObject({ state: "ready" });
  expect(git(seed.worktree, "log", "-1", "--format=%s")).toBe("Work");
});

test("a reminder is typed into the same session, and its Enter is pressed again when it is lost", async () => {
  const { ground, seed } = await start("write a.txt", {
    toml: toml.replace('["', `["env", "TUI_MANNERS=drop-first-cr", "`),
  });
  expect((await settled(ground, seed.name)).at).toMatchObject({ state: "ready" });
  expect(git(seed.worktree, "log", "-1", "--format=%s")).toBe("reminded");
  expect(said(ground, "worker.started")).toHaveLength(1);
  expect(said(ground, "worker.reminded")).toHaveLength(1);
});

test("a dialog is not done; several viewers attach, see it, leave, and one of them answers it", async () => {
  const { ground, seed } = await start("ask Bash: rm -rf build; commit Work");
  const socket = await opened(ground);
  expect(worker(ground)?.at).toEqual({
    state: "blocked",
    reason: "permission",
    detail: "Bash: rm -rf build",
  });
  const one = await person({ columns: 90, rows: 20 });
  const reader = await person({ columns: 70, rows: 10 });
  const other = await person({ columns: 60, rows: 16 });
  const first = attachTo(socket, one.outer, { readOnly: false });
  await one.shows("---- 90x20");
  await one.shows("Run this command? y/n");
  const second = attachTo(socket, reader.outer, { readOnly: true });
  await reader.shows("Run this command? y/n");
  reader.type("y");
  const third = attachTo(socket, other.outer, { readOnly: false });
  await other.shows("---- 60x16");
  other.resize({ columns: 61, rows: 17 });
  await other.shows("---- 61x17");
  other.type("\x1c");
  expect(await third).toEqual({ kind: "detached" });
  await one.shows("---- 90x20");
  reader.vanish();
  expect(await second).toEqual({ kind: "detached" });
  expect(worker(ground)?.at.state).toBe("blocked");
  one.type("y");
  await one.shows("answered yes");
  expect((await settled(ground, seed.name)).at).toMatchObject({ state: "ready" });
  expect(await first).toEqual({ kind: "ended" });
  const nobody = await attachTo(socket, one.outer, { readOnly: false });
  expect(nobody).toMatchObject({ kind: "unreachable" });
});

test("a message comes into the session once and whole, after the dialog that was open", async () => {
  const { ground, seed } = await start("ask Bash: make; wait 200; commit Work", {
    toml: toml.replace("1s", "4s"),
  });
  const socket = await opened(ground);
  const texts = Array.from({ length: 6 }, (_, at) => `note ${at}\nwith \x1b[201~ a second line`);
  const track = requireTrack(ground.store, seed.name);
  const from = { kind: "human" } as const;
  await Promise.all(texts.map((text) => tellTrack(ground, track, { from, text, replyTo: null })));
  const fates = () => allMessages(ground.store).map(({ state }) => state);
  await expect.poll(() => fates().length).toBe(6);
  const someone = await person({ columns: 80, rows: 20 });
  const attached = attachTo(socket, someone.outer, { readOnly: false });
  await someone.shows("y/n");
  const held = () =>
    allMessages(ground.store).map(({ state, evidence }) => `${state}: ${evidence}`);
  const why = "given: held: it waits for an answer: Bash: make";
  await expect.poll(held).toEqual(texts.map(() => why));
  someone.type("y");
  await expect
    .poll(fates, { timeout: 40_000 })
    .toEqual(Array.from({ length: 6 }, () => "delivered"));
  await settled(ground, seed.name);
  expect(await attached).toEqual({ kind: "ended" });
  const heard = readFileSync(join(seed.worktree, "../heard.log"), "utf8");
  const notes = heard.split("\n").flatMap((line) => /note \d/.exec(line) ?? []);
  expect(notes).toEqual(texts.map((_, at) => `note ${at}`));
}, 90_000);

test("a used-up budget types nothing that would begin a turn", async () => {
  const budget = "[budget.worker]\nturns = 1\n";
  const missing = await start("write a.txt", { toml: `${budget}${toml}` });
  expect((await settled(missing.ground, missing.seed.name)).at).toMatchObject({ reason: "budget" });
  expect(said(missing.ground, "worker.reminded")).toEqual([]);
  const done = await start("commit Work", { toml: `${budget}${toml.replace("1s", "5s")}` });
  await opened(done.ground, "idle");
  const track = requireTrack(done.ground.store, done.seed.name);
  const from = { kind: "human" } as const;
  await tellTrack(done.ground, track, { from, text: "commit More", replyTo: null });
  expect((await settled(done.ground, done.seed.name)).at).toMatchObject({ state: "ready" });
  expect(allMessages(done.ground.store)).toMatchObject([{ state: "stored" }]);
  expect(git(done.seed.worktree, "log", "-1", "--format=%s")).toBe("Work");
});

test("the end of an agent is described as a shell would", async () => {
  const [codes, signals] = await Promise.all([start("exit 3"), start("die SIGKILL")]);
  expect((await settled(codes.ground, codes.seed.name)).at).toMatchObject({
    reason: "agent-failed",
    detail: expect.stringContaining("exit code 3"),
  });
  expect((await settled(signals.ground, signals.seed.name)).at).toMatchObject({
    detail: expect.stringContaining("signal SIGKILL"),
  });
  expect(worker(signals.ground)?.at).toEqual({ state: "killed", signal: "SIGKILL" });
});

test("an error that a program reports is no end of work", async () => {
  const { ground, seed } = await start("fail API Error: 500");
  expect((await settled(ground, seed.name)).at).toMatchObject({
    reason: "agent-failed",
    detail: expect.stringContaining("API Error: 500"),
  });
});

test("an agent does not outlive its supervisor, and nothing it started outlives its stop", async () => {
  const killed = await start("spawn; ask nothing");
  await opened(killed.ground);
  process.kill(worker(killed.ground)?.supervisor?.pid ?? 0, "SIGKILL");
  const fate = async () => (await reconcileWorkers(killed.ground, killed.config))[0]?.fate;
  await expect.poll(fate, { timeout: 20_000 }).toBe("lost");
  expect(await findInside(killed.seed.worktree)).toEqual({ kind: "known", processes: [] });
  const stopped = await start("spawn; ask nothing");
  await opened(stopped.ground);
  expect(await stopTrack(stopped.ground, stopped.seed.name)).toEqual({ kind: "gone" });
  expect(await findInside(stopped.seed.worktree)).toEqual({ kind: "known", processes: [] });
});
