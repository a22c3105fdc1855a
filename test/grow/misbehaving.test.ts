import { readFileSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { findInside, findMarked } from "../../src/ground/proc/find.ts";
import { startTrack } from "../../src/grow/start.ts";
import { stopTrack } from "../../src/grow/stop.ts";
import { agentMark } from "../../src/grow/turn/end-worker.ts";
import { findTrack } from "../../src/track/track-store.ts";
import { needsOf } from "../../src/verbs/attention.ts";
import { formatChoices } from "../../src/watch/choices.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { growRepo, settled, working } from "../support/grow.ts";
import { git } from "../support/repo.ts";
import { trackSeed } from "../support/track.ts";

/* Programs with structured output that misbehave; those with text are in worker.test.ts. */

const programs = join(import.meta.dirname, "../fixtures/programs/misbehaving");

async function stage(toml = "") {
  const { ground: plain, config, top } = await growRepo(toml);
  const path = `${programs}${delimiter}${plain.env["PATH"]}`;
  const ground = { ...plain, env: { ...plain.env, PATH: path } };
  const seedOf = (deed: string) =>
    trackSeed(ground, deed, { agent: "claude", prompt: `deed-${deed}` });
  return { ground, config, top, seedOf };
}

/** A run goes on with ready tracks. */
const scene = { review: "none", isRunning: true } as const;

const outcomes = [
  ["daemons", { state: "ready" }],
  ["garbage", { state: "ready" }],
  ["nothing", { state: "needs-human", reason: "not-done", detail: "it ended without a commit" }],
  ["dirty", { state: "needs-human", reason: "not-done", detail: "not committed: left ü.txt" }],
  ["half-commit", { state: "needs-human", reason: "git-busy" }],
  ["killed-commit", { state: "needs-human", reason: "git-busy" }],
  ["own-branch", { state: "needs-human", reason: "wrong-branch" }],
  ["detached", { state: "needs-human", reason: "wrong-branch" }],
  ["deletes", { state: "needs-human", reason: "worktree-missing" }],
  ["torn", { state: "needs-human", reason: "agent-failed" }],
  ["crash", { state: "needs-human", reason: "agent-failed" }],
  ["error", { state: "needs-human", reason: "agent-failed" }],
] as const;

/** The hints to a person: a fact, then commands, of which the first goes on. */
const hints: Readonly<Record<string, readonly [fact: RegExp, first: string]>> = {
  nothing: [/ended without a commit/, "pleach start nothing"],
  dirty: [/not committed: left ü\.txt/, "pleach start dirty"],
  "half-commit": [/a git that was ended left .*index\.lock: remove it/, "pleach start half-commit"],
  "killed-commit": [/a git that was ended left .*index\.lock/, "pleach start killed-commit"],
  "own-branch": [/on the branch mine .*switch back/, "pleach start own-branch"],
  detached: [/on a detached HEAD/, "pleach start detached"],
  deletes: [/is gone; the branch work\/deletes is kept/, "git worktree add --force"],
  torn: [/no final word/, "pleach start torn"],
  crash: [/SIGKILL/, "pleach start crash"],
  error: [/it broke.*its work is committed and complete/, "pleach start error"],
};

test("a program that tells what it does is judged by what it did", async () => {
  const { ground, config, top, seedOf } = await stage();
  await Promise.all(outcomes.map(([deed]) => startTrack(ground, config, seedOf(deed))));
  const tracks = await Promise.all(
    outcomes.map(async ([deed]) => await settled(ground, seedOf(deed).name)),
  );
  expect(tracks.map(({ name, at }) => [name, at])).toMatchObject(outcomes);
  for (const track of tracks) {
    const worker = latestWorker(ground.store, track.name);
    expect(await findMarked(agentMark, worker?.id ?? "")).toEqual({ kind: "known", processes: [] });
    const [fact = "", first = ""] = formatChoices(track, { width: 200, color: false });
    const [expected, command] = hints[track.name] ?? [/^$/, ""];
    expect(fact).toMatch(expected);
    expect(first.trim().startsWith(command), first).toBe(true);
  }
  expect(git(top, "status", "--porcelain")).toBe("");
  const folder = join(ground.repo.stateDir, "tracks/garbage");
  for (const file of ["output.log", "transcript.jsonl"]) {
    expect(statSync(join(folder, file)).size).toBeLessThan(5_000_000);
  }
  const told = readFileSync(join(folder, "transcript.jsonl"), "utf8");
  expect(told).toContain('"kind":"unknown"');
  // The command in the hint for a lost worktree brings it back.
  const { worktree, branch } = seedOf("deletes");
  git(top, "worktree", "add", "--quiet", "--force", worktree, branch);
  expect(git(worktree, "branch", "--show-current")).toBe(branch);
});

test("a program that never says a word is suspected, whatever it is said to do", async () => {
  const { ground, config, seedOf } = await stage('[watch]\nstall = "2s"\n');
  const seed = seedOf("mute");
  await startTrack(ground, config, seed);
  await working(ground, seed.name);
  await expect
    .poll(() => needsOf(ground, scene), { timeout: 20_000 })
    .toMatchObject([
      {
        kind: "suspected",
        track: "mute",
        text: expect.stringContaining("told nothing in the 2 s"),
      },
    ]);
  await stopTrack(ground, seed.name);
});

test.each(["mute", "silent", "stubborn"])(
  "%s: it can be stopped, and nothing of it is left",
  async (deed) => {
    const { ground, config, seedOf } = await stage();
    const seed = seedOf(deed);
    await startTrack(ground, config, seed);
    await working(ground, seed.name);
    expect(await stopTrack(ground, seed.name)).toEqual({ kind: "gone" });
    expect(await findInside(seed.worktree)).toEqual({ kind: "known", processes: [] });
    expect(findTrack(ground.store, seed.name)?.at).toMatchObject({ reason: "stopped" });
  },
);
