import { appendFileSync, mkdirSync, readFileSync, renameSync, truncateSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { claudeRecords } from "../../../src/agents/claude/records.ts";
import { codexRecords } from "../../../src/agents/codex/records.ts";
import type { SessionRecords } from "../../../src/agents/conversation.ts";
import type { AgentEvent } from "../../../src/agents/event.ts";
import { loadConfig } from "../../../src/ground/config/load.ts";
import type { Ground } from "../../../src/ground/ground.ts";
import { startChild } from "../../../src/ground/proc/child.ts";
import { MisheardCount } from "../../../src/grow/signals/misheard-count.ts";
import { ProgressWatch } from "../../../src/grow/signals/progress-watch.ts";
import { RecordFollower } from "../../../src/grow/signals/record-follower.ts";
import { SignalLog } from "../../../src/grow/signals/signal-log.ts";
import { needsOf } from "../../../src/verbs/attention.ts";
import { suspicionOf, type Worker } from "../../../src/worker/worker.ts";
import { findWorker, recordWorker } from "../../../src/worker/worker-store.ts";
import { testEnv } from "../../support/env.ts";
import { growTrack } from "../../support/growing.ts";
import { gitRepo, groundOf, writeFiles } from "../../support/repo.ts";

/* A program's record of its session, followed while it is written: real files, a real store. */

const fixtures = join(import.meta.dirname, "../../fixtures/records");
const read = (file: string): string => readFileSync(join(fixtures, file), "utf8");
const patience = { timeout: 20_000, interval: 20 };

/** A time before anything in the fixtures was written. */
const longAgo = Date.parse("2026-11-26T00:00:00Z");

interface Room {
  readonly ground: Ground;
  readonly worker: () => Worker;
  readonly told: readonly AgentEvent[];
  readonly remarks: readonly string[];
  readonly file: string;
  readonly follower: RecordFollower;
  readonly write: (text: string, file?: string) => void;
  readonly used: () => number | undefined;
}

/**
 * Makes a worker whose record is followed.
 * @param session the session's use so far, when the worker goes on with it
 */
async function room({
  records = claudeRecords,
  file,
  session = null,
  since = longAgo,
  hurry = 1,
  behind = 0,
}: {
  readonly records?: SessionRecords;
  readonly file: string;
  readonly session?: { readonly id: string; readonly usage: Worker["sessionUsage"] } | null;
  readonly since?: number;
  /** The factor by which its clock runs faster. */
  readonly hurry?: number;
  /** The delay of its clock at the start: processes started by the real clock then come later. */
  readonly behind?: number;
}): Promise<Room> {
  const plain = await groundOf(gitRepo({ "a.txt": "a\n" }), testEnv());
  const { clock: real } = plain;
  const clock = {
    ...real,
    sleep: (ms: number, stop?: AbortSignal) => real.sleep(ms / hurry, stop),
  };
  const began = real.now();
  const now = () => began - behind + (real.now() - began) * hurry;
  const monotonic = () => real.monotonic() * hurry;
  const ground: Ground = { ...plain, clock: { ...clock, now, monotonic } };
  const track = growTrack(ground, await loadConfig(ground), "alpha");
  const home = join(ground.repo.top, "../home");
  const at = { track: track.name, worker: ground.ids.worker() };
  recordWorker(ground, at, {
    ...{ type: "worker.created", worker: at.worker, agent: "a", attempt: 1 },
    ...{ starter: ground.self, refusedTip: null, session },
  });
  const sleeper = await startChild(["sleep", "60"], {
    cwd: home.slice(0, -5),
    env: testEnv(),
    output: "pipe",
  });
  if (sleeper.kind !== "started") throw new Error(sleeper.why);
  const { process: agentProcess } = sleeper.child;
  onTestFinished(() => void process.kill(agentProcess.pid, "SIGKILL"));
  recordWorker(ground, at, { type: "worker.started", agentProcess });
  const one = { id: at.worker, track: track.name };
  const progress = new ProgressWatch({ ground, track, worker: one, stallMs: null });
  const told: AgentEvent[] = [];
  const remarks: string[] = [];
  const follower = new RecordFollower({
    ...{ ground, worker: one, records, since },
    env: { HOME: home },
    transcript: {
      tell: (event) => void told.push(event),
      remark: (text) => void remarks.push(text),
    },
    readers: {
      signals: new SignalLog(ground, one),
      progress,
      misheard: new MisheardCount(ground, one),
    },
    account: { alive: () => undefined },
  });
  onTestFinished(async () => {
    await follower.close();
    progress.close();
  });
  const path = join(home, file);
  const worker = (): Worker => {
    const found = findWorker(ground.store, at.worker);
    if (found === undefined) throw new Error("it is gone");
    return found;
  };
  return {
    ...{ ground, worker, told, remarks, follower, file: path },
    write: (text, to = path) => {
      mkdirSync(dirname(to), { recursive: true });
      appendFileSync(to, text);
    },
    used: () => worker().usage?.inputTokens,
  };
}

const id = "11111111-1111-4111-8111-111111111111";
const claudeFile = `.claude/projects/-repo-trees-alpha/${id}.jsonl`;

test("appended lines are heard, whole lines only, each once", async () => {
  const here = await room({ file: claudeFile });
  here.follower.follow(id);
  const text = read("claude/work.jsonl");
  // Torn anywhere, in the middle of a character too.
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 997) {
    mkdirSync(dirname(here.file), { recursive: true });
    appendFileSync(here.file, bytes.subarray(at, at + 997));
    if (at % 7 === 0) await here.follower.catchUp();
  }
  await here.follower.catchUp();
  expect(here.told.map(({ kind }) => kind)).toEqual([
    ...["turn-started", "tool", "tool", "tool", "message", "turn-ended"],
  ]);
  expect(here.worker()).toMatchObject({
    sessionId: id,
    usage: { inputTokens: 8_400, outputTokens: 160, costUsd: expect.closeTo(0.025_04, 6) },
    at: { state: "idle", reason: "turn-ended" },
    source: "transcript",
  });
});

test("a file that comes later is found, and its growth is seen without being asked for", async () => {
  const here = await room({ file: claudeFile, hurry: 10 });
  here.follower.follow(id);
  const lines = read("claude/interrupted.jsonl").split(/(?<=\n)/);
  const end = lines.findIndex((line) => line.includes("[Request interrupted"));
  here.write(lines.slice(0, end).join(""));
  await expect.poll(() => here.worker().at.state, patience).toBe("working");
  here.write(lines[end] ?? "");
  await expect
    .poll(() => here.worker().at, patience)
    .toMatchObject({ state: "idle", reason: "interrupted" });
  expect(here.remarks).toEqual(["interrupted"]);
});

test("tokens are told before their cost, which counts once it is known", async () => {
  const here = await room({ file: claudeFile });
  here.follower.follow(id);
  const [before = "", after = ""] = read("claude/work.jsonl").split(/^(?=\{"type":"cost-state")/m);
  here.write(before);
  await here.follower.catchUp();
  expect(here.worker().usage).toEqual({ inputTokens: 8_400, outputTokens: 160, costUsd: null });
  here.write(after);
  await here.follower.catchUp();
  expect(here.worker().usage).toEqual({
    ...{ inputTokens: 8_400, outputTokens: 160 },
    costUsd: expect.closeTo(0.025_04, 6),
  });
});

test("tokens of a running turn are recorded now and then, and all of them at its end", async () => {
  const here = await room({ file: claudeFile, hurry: 20 });
  here.follower.follow(id);
  const lines = read("claude/work.jsonl").split(/(?<=\n)/);
  const answers = lines.flatMap((line, at) => (line.includes('"type":"assistant"') ? [at] : []));
  const counts = () =>
    here.ground.store.events().filter(({ type }) => type === "worker.usage").length;
  const [first = 0, , third = 0] = answers;
  here.write(lines.slice(0, first + 1).join(""));
  await expect.poll(here.used, patience).toBe(2_100);
  for (const line of lines.slice(first + 1, third + 1)) here.write(line);
  await expect.poll(here.used, patience).toBe(6_300);
  expect(counts()).toBe(2);
  here.write(lines.slice(third + 1).join(""));
  await expect.poll(here.used, patience).toBe(8_400);
});

test("a resumed session counts only its new tokens, and tells only these", async () => {
  const lines = read("claude/resumed.jsonl").split(/(?<=\n)/);
  const third = lines.findLastIndex((line) => line.includes("You were interrupted. Look"));
  const before = { inputTokens: 14_700, outputTokens: 280, costUsd: 0.0313 };
  const at = Date.parse("2026-11-26T01:23:50.000Z");
  const here = await room({ file: claudeFile, since: at, session: { id, usage: before } });
  here.write(lines.slice(0, third - 1).join(""));
  here.follower.follow(id);
  await here.follower.catchUp();
  expect([here.worker().usage, here.told]).toEqual([null, []]);
  here.write(lines.slice(third - 1).join(""));
  await here.follower.catchUp();
  expect(here.worker().usage).toEqual({
    ...{ inputTokens: 4_200, outputTokens: 80 },
    costUsd: expect.closeTo(0.012_52, 6),
  });
  expect(here.worker().sessionUsage).toMatchObject({ inputTokens: 18_900, outputTokens: 360 });
  expect(here.told.filter(({ kind }) => kind === "message")).toHaveLength(2);
});

test("tokens that a person's session had used before it was taken over are not the worker's", async () => {
  const at = Date.parse("2026-11-26T01:23:50.000Z");
  const here = await room({ file: claudeFile, since: at, session: { id, usage: null } });
  here.write(read("claude/resumed.jsonl"));
  here.follower.follow(id);
  await here.follower.catchUp();
  expect(here.worker().usage).toMatchObject({ inputTokens: 4_200, outputTokens: 80 });
});

test("a file counts nothing twice when it is replaced, or cut and written again", async () => {
  const here = await room({ file: claudeFile });
  const text = read("claude/work.jsonl");
  here.write(text);
  here.follower.follow(id);
  await here.follower.catchUp();
  const usage = here.worker().usage;
  here.write(text, `${here.file}.new`);
  renameSync(`${here.file}.new`, here.file);
  await here.follower.catchUp();
  truncateSync(here.file, 0);
  here.write(text.slice(0, text.length / 2));
  await here.follower.catchUp();
  here.write(text.slice(text.length / 2));
  await here.follower.catchUp();
  expect(here.worker().usage).toEqual(usage);
});

test("a program's file is followed into another session, and counts on top", async () => {
  const here = await room({ file: claudeFile });
  here.write(read("claude/work.jsonl"));
  here.follower.follow(id);
  await here.follower.catchUp();
  const other = "22222222-2222-4222-8222-222222222222";
  const next = join(dirname(here.file), `${other}.jsonl`);
  here.write(read("claude/sub-agent.jsonl"), next);
  const apart = "agent-ac4088dac4e65efd2.jsonl";
  writeFiles(next.replace(".jsonl", ""), {
    [`subagents/${apart}`]: read(`claude/sub-agent/subagents/${apart}`),
  });
  here.follower.follow(other, next);
  await here.follower.catchUp();
  expect(here.worker()).toMatchObject({
    sessionId: other,
    usage: { inputTokens: 8_400 + 12_600, costUsd: expect.closeTo(0.062_6, 6) },
  });
  const apartTold = here.told.filter((event) => "subAgent" in event && event.subAgent !== null);
  expect(apartTold.map(({ kind }) => kind)).toEqual(["tool", "message"]);
});

test("a path that a hook names counts only where the program keeps its sessions", async () => {
  const here = await room({ file: claudeFile });
  const elsewhere = join(here.ground.repo.top, `${id}.jsonl`);
  here.write(read("claude/work.jsonl"), elsewhere);
  here.follower.follow(id, elsewhere);
  await here.follower.catchUp();
  expect([here.follower.isFollowing, here.used()]).toEqual([false, undefined]);
});

test("the end of a turn of Codex is known by its record, and unreadable lines are counted", async () => {
  const file = ".codex/sessions/2026/11/26/rollout-2026-11-26T01-21-43-0000-1.jsonl";
  const here = await room({ records: codexRecords, file });
  here.write(read("codex/context.jsonl"));
  here.write('{"timestamp":"2026-11-26T01:30:00Z","type":"brand_new","payload":{}}\n');
  here.follower.follow("0000-1");
  await here.follower.catchUp();
  expect(here.follower.outcome).toMatchObject({ kind: "exhausted" });
  expect(here.worker()).toMatchObject({
    at: { state: "idle", reason: "context" },
    misheard: { count: 1, sample: expect.stringContaining("transcript: ") },
  });
  expect(here.told.at(-1)).toMatchObject({ kind: "unknown" });
});

test("a silent agent is suspected within 30 s when its call has no result and runs nothing", async () => {
  const here = await room({ file: claudeFile, hurry: 20 });
  const lines = read("claude/dialog.jsonl").split(/(?<=\n)/);
  const call = lines.findIndex((line) => line.includes('"type":"tool_use"'));
  here.write(lines.slice(0, call + 1).join(""));
  const began = here.ground.clock.now();
  here.follower.follow(id);
  const suspicion = () => suspicionOf(here.worker());
  await expect.poll(suspicion, patience).toMatchObject({
    kind: "unanswered",
    why: expect.stringContaining("may wait for a person: Bash curl"),
  });
  expect((suspicion()?.since ?? 0) - began).toBeLessThan(30_000);
  expect(needsOf(here.ground, { review: "none", isRunning: true })).toMatchObject([
    { kind: "suspected", track: "alpha" },
  ]);
  here.write(lines.slice(call + 1).join(""));
  await here.follower.catchUp();
  expect(suspicion()).toBeUndefined();
});

test("a call whose command runs is not suspected", async () => {
  const here = await room({ file: claudeFile, hurry: 20, behind: 120_000 });
  const lines = read("claude/dialog.jsonl").split(/(?<=\n)/);
  const call = lines.findIndex((line) => line.includes('"type":"tool_use"'));
  const shell = await startChild(["sh", "-c", "sleep 60; true"], {
    ...{ cwd: "/", env: testEnv(), output: "pipe" },
  });
  if (shell.kind !== "started") throw new Error(shell.why);
  const { process: agentProcess } = shell.child;
  onTestFinished(() => void process.kill(-agentProcess.pid, "SIGKILL"));
  const { id: worker, track } = here.worker();
  recordWorker(here.ground, { worker, track }, { type: "worker.started", agentProcess });
  here.write(lines.slice(0, call + 1).join(""));
  here.follower.follow(id);
  await here.follower.catchUp();
  await here.ground.clock.sleep(50_000);
  expect([here.worker().at.state, suspicionOf(here.worker())]).toEqual(["working", undefined]);
});
