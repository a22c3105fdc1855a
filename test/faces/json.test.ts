import { expect, test } from "vitest";
import { asWorkerId } from "../../src/ground/ids.ts";
import { allTracks, recordTrack } from "../../src/track/track-store.ts";
import { recordWorker } from "../../src/worker/worker-store.ts";
import { cli } from "../support/cli.ts";
import { testEnv } from "../support/env.ts";
import { git, gitRepo, groundOf, writeFiles } from "../support/repo.ts";
import { expectValid } from "../support/schema.ts";
import { trackSeed } from "../support/track.ts";

async function grownRepo(): Promise<string> {
  const repo = gitRepo();
  const ground = await groundOf(repo);
  const seed = trackSeed(ground, "auth");
  recordTrack(ground, seed.name, { type: "track.planned", seed });
  recordTrack(ground, seed.name, { type: "track.provisioning" });
  recordTrack(ground, seed.name, { type: "track.started" });
  const worker = asWorkerId("w_1");
  const at = { track: seed.name, worker };
  recordWorker(ground, at, {
    type: "worker.created",
    worker,
    agent: "fixture",
    attempt: 1,
    starter: ground.self,
    refusedTip: null,
    session: null,
  });
  recordTrack(ground, seed.name, { type: "track.blocked", reason: "not-done", detail: "why" });
  return repo;
}

test("what reading verbs print with --json has its documented shape", async () => {
  const cwd = await grownRepo();
  for (const args of [["ls"], ["status"], ["status", "auth", "--why"]]) {
    const { exitCode, stdout } = await cli([...args, "--json"], { cwd, env: testEnv() });
    expect(exitCode).toBe(0);
    expectValid("ls", JSON.parse(stdout));
  }
});

test("the journal is read from a cursor, one event a line, for one track if wanted", async () => {
  const cwd = await grownRepo();
  const read = async (
    ...args: readonly string[]
  ): Promise<readonly { seq: number; type: string }[]> => {
    const { stdout } = await cli(["events", ...args], { cwd, env: testEnv() });
    return stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  };
  const all = await read();
  for (const event of all) expectValid("event", event);
  expect(all.map(({ type }) => type)).toEqual([
    "track.planned",
    "track.provisioning",
    "track.started",
    "worker.created",
    "track.blocked",
  ]);
  expect(await read("--since", "3")).toEqual(all.slice(3));
  expect(await read("--track", "other")).toEqual([]);
});

test("a track's changes and its handoff are read and written, and refused without a worktree", async () => {
  const cwd = await grownRepo();
  const options = { cwd, env: testEnv() };
  const [track] = allTracks((await groundOf(cwd)).store);
  const gone = await cli(["handoff", "auth", "-m", "Keep it"], options);
  expect(gone).toMatchObject({ exitCode: 1 });
  expect(gone.stderr).toMatch(/has no worktree any more/);
  expect((await cli(["handoff", "auth", "-f", "nope"], options)).exitCode).toBe(2);
  const worktree = track?.worktree ?? "";
  git(cwd, "worktree", "add", "--quiet", "-b", "work/auth", worktree);
  writeFiles(worktree, { "new.txt": "untracked\n", "README.md": "changed\n" });
  const diff = await cli(["diff", "auth", "--json"], options);
  expectValid("diff", JSON.parse(diff.stdout));
  expect(JSON.parse(diff.stdout)).toMatchObject({ paths: ["README.md", "new.txt"] });
  expect((await cli(["handoff", "auth", "-m", "Keep it"], options)).exitCode).toBe(0);
  const handoff = await cli(["handoff", "auth", "--json"], options);
  expectValid("handoff", JSON.parse(handoff.stdout));
  expect(JSON.parse(handoff.stdout)).toMatchObject({ handoff: "Keep it\n" });
});
