import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Ground } from "../../src/ground/ground.ts";
import { allHolds } from "../../src/grow/limits/hold-store.ts";
import { restartTrack } from "../../src/grow/restart.ts";
import type { TrackSeed } from "../../src/track/track.ts";
import { recordTrack, requireTrack } from "../../src/track/track-store.ts";
import { formatLs, surveyTrack } from "../../src/verbs/survey.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { eventsOf } from "../support/events.ts";
import { settled } from "../support/grow.ts";
import { git } from "../support/repo.ts";
import { expectValid } from "../support/schema.ts";
import { saidTo, startSpoken } from "../support/spoken.ts";

async function stage(task: string, agent: "claude" | "codex" = "claude", toml = "") {
  const { ground, config, seed } = await startSpoken(task, agent, toml);
  const at = (await settled(ground, seed.name)).at;
  return { ground, config, seed, at };
}

/** Lets the time of every hold come. */
function reopen({ store }: Ground): void {
  for (const hold of allHolds(store)) {
    store.write(
      "UPDATE holds SET doc = json_set(doc, '$.opens', 0) WHERE account = ?",
      hold.account,
    );
  }
}

const argv = ({ worktree }: TrackSeed, start: number): readonly string[] => {
  const file = join(worktree, `.pleach/argv-${start}`);
  return existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
};
const sessionIn = (words: readonly string[], flag: string) => words[words.indexOf(flag) + 1];

test("a limit holds the track; the next start goes on with the same session, and pays once", async () => {
  const { ground, config, seed, at } = await stage("limit");
  expect(at).toMatchObject({ state: "held" });
  const held = formatLs(
    config.target,
    [await surveyTrack(ground, requireTrack(ground.store, seed.name))],
    allHolds(ground.store),
  );
  expectValid("ls", JSON.parse(JSON.stringify(held)));
  expect(held).toMatchObject({
    tracks: [{ state: "held", worker: { state: "blocked", reason: "limit" } }],
    holds: [{ kind: "usage", state: "closed", strikes: 1 }],
  });
  await expect(restartTrack(ground, config, seed.name)).rejects.toMatchObject({
    code: "account/held",
    message: expect.stringContaining("usage limit"),
    hint: expect.stringMatching(/it is tried .*pleach run/),
  });
  reopen(ground);
  await restartTrack(ground, config, seed.name);
  const track = await settled(ground, seed.name);
  expect(track.at.state).toBe("ready");
  const id = sessionIn(argv(seed, 1), "--session-id");
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(sessionIn(argv(seed, 2), "--resume")).toBe(id);
  expect(saidTo(seed)).toHaveLength(2);
  expect(saidTo(seed)[1]).not.toContain("task-limit");
  const document = formatLs(config.target, [await surveyTrack(ground, track)], []);
  expectValid("ls", JSON.parse(JSON.stringify(document)));
  expect(document).toMatchObject({
    tracks: [
      {
        usage: { inputTokens: 250, outputTokens: 10, costUsd: 0.75 },
        worker: { sessionId: id },
      },
    ],
  });
  const types = ground.store.events().map(({ type }) => type);
  expect(types.filter((type) => type === "worker.limited")).toHaveLength(1);
});

test("a reminder is said to the same process, and a line of a later version is kept, not obeyed", async () => {
  const { ground, seed, at } = await stage("remind");
  expect(at.state).toBe("ready");
  expect(argv(seed, 2)).toEqual([]);
  expect(saidTo(seed)[1]).toContain("There is no commit of yours");
  expect(latestWorker(ground.store, seed.name)?.at).toEqual({ state: "exited", code: 0 });
  const folder = join(ground.repo.stateDir, "tracks/remind");
  const told = readFileSync(join(folder, "transcript.jsonl"), "utf8");
  const worker = latestWorker(ground.store, seed.name);
  expect(worker?.misheard).toEqual({ count: 1, sample: 'stream: {"type":"a_later_version"}' });
  expect(told).toContain('"kind":"unknown","raw":"{\\"type\\":\\"a_later_version\\"}"');
  expect(told).toContain('"kind":"tool","tool":"Bash"');
  expect(readFileSync(join(folder, "output.log"), "utf8")).toContain("> Bash git commit\n");
});

test("a fresh session with the whole prompt follows a session that is gone", async () => {
  const { seed, at } = await stage("lost");
  // The first turn left no work; the reminder could not be said to its session.
  expect(at.state).toBe("ready");
  expect(argv(seed, 2)).toContain("--resume");
  const [first, third] = [1, 3].map((start) => sessionIn(argv(seed, start), "--session-id"));
  expect(third).not.toBe(first);
  expect(saidTo(seed).at(-1)).toContain("task-lost");
});

test("a fresh thread, whose program goes on listening, follows a thread that is gone", async () => {
  const { ground, seed, at } = await stage("lost", "codex");
  expect(at.state).toBe("ready");
  const spent = ground.store.events().filter(({ type }) => type === "worker.spent");
  expect(spent).toMatchObject([{ why: expect.stringContaining("no rollout found") }]);
  expect(saidTo(seed)).toHaveLength(2);
  expect(saidTo(seed).at(-1)).toContain("task-lost");
  expect(git(seed.worktree, "show", "HEAD:lost.txt")).toBe("found");
});

test("an exit without a final word is a failure, whatever its code", async () => {
  const { at } = await stage("quiet");
  expect(at).toMatchObject({ state: "needs-human", reason: "agent-failed" });
  expect(at).toMatchObject({ detail: expect.stringContaining("no final word") });
});

test("work is not committed when a limit cut it short, but by the turn that finishes it", async () => {
  const { ground, config, seed } = await stage("half", "codex");
  expect(git(seed.worktree, "status", "--porcelain")).toBe("?? half.txt");
  expect(git(seed.worktree, "rev-list", "--count", `${seed.base}..HEAD`)).toBe("0");
  reopen(ground);
  await restartTrack(ground, config, seed.name);
  expect((await settled(ground, seed.name)).at.state).toBe("ready");
  expect(git(seed.worktree, "show", "HEAD:half.txt")).toBe("whole");
});

test("a tip stays refused after a landing refused it, however the next worker ended", async () => {
  const { ground, config, seed, at } = await stage("refused");
  if (at.state !== "ready") throw new Error(`it is ${at.state}`);
  recordTrack(ground, seed.name, { type: "track.landing", tip: at.tip });
  recordTrack(ground, seed.name, { type: "track.handed-back", kind: "red", paths: [] });
  await restartTrack(ground, config, seed.name);
  await settled(ground, seed.name);
  // The second worker met a limit; the third does nothing.
  reopen(ground);
  await restartTrack(ground, config, seed.name);
  expect((await settled(ground, seed.name)).at).toMatchObject({
    state: "needs-human",
    detail: expect.stringContaining("without answering the hand-back"),
  });
});

test("fresh sessions that read where the work was follow a full one, while they get on", async () => {
  const { ground, seed, at } = await stage("full");
  expect(at.state).toBe("ready");
  const sessions = [1, 2, 3].map((start) => sessionIn(argv(seed, start), "--session-id") ?? "");
  expect(new Set(sessions).size).toBe(3);
  const renewed = eventsOf(ground.store, "worker.renewed");
  expect(renewed.map((event) => event.count)).toEqual([1, 2]);
  const [, second = "", third = ""] = saidTo(seed);
  expect(second).toContain("Handoff: read this before you start");
  expect(second).toMatch(/## Committed on work\/full\n\n- \w+ One\n/);
  expect(second).toContain("## Changed, and not committed\n\n- half-0.txt\n");
  expect(second).toContain(`I was at part 1 of ${sessions[0]}`);
  expect(second).toContain("task-full");
  // The later handoff stands in the place of the former.
  expect(third).toMatch(/- \w+ One\n- \w+ Two\n/);
  expect(third.split("could not go on")).toHaveLength(second.split("could not go on").length);
});

test("a used-up budget begins no new turn; a person gives it as much again", async () => {
  const toml = "[budget]\nwarn_at = 50\n[budget.worker]\nturns = 1\ntokens = 150\n";
  const { ground, config, seed, at } = await stage("remind", "claude", toml);
  expect(at).toMatchObject({ state: "needs-human", reason: "budget" });
  expect(at).toMatchObject({ detail: expect.stringContaining("1 turns of 1 turns") });
  expect(saidTo(seed)).toHaveLength(1);
  const types = ground.store.events().map(({ type }) => type);
  expect(types).not.toContain("worker.reminded");
  await restartTrack(ground, config, seed.name);
  // Told to go on, and reminded no more: the worker has used its second turn up as well.
  expect((await settled(ground, seed.name)).at).toMatchObject({ reason: "budget" });
  expect(saidTo(seed)).toHaveLength(2);
});

test("a budget is told of once when most of it is used, and stops nothing", async () => {
  const toml = "[budget]\nwarn_at = 30\n[budget.worker]\nturns = 3\n";
  const { ground, at } = await stage("remind", "claude", toml);
  expect(at.state).toBe("ready");
  const warned = eventsOf(ground.store, "worker.warned");
  expect(warned.map((event) => event.budget)).toEqual([
    "1 turns of 3 turns ([budget.worker] turns)",
  ]);
});

test("a turn is not over while sub-agents go on in the background", async () => {
  const { seed, at } = await stage("helpers");
  expect(at.state).toBe("ready");
  // Nothing was missing at the look, so the agent did not have to be reminded.
  expect(saidTo(seed)).toHaveLength(1);
  expect(git(seed.worktree, "log", "-1", "--format=%s")).toBe("By a helper");
});
