import { chmodSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { asBranchName } from "../../src/ground/ids.ts";
import { findInside } from "../../src/ground/proc/find.ts";
import { startTrack } from "../../src/grow/start.ts";
import { findPorts } from "../../src/grow/worktree/ports.ts";
import { findTrack } from "../../src/track/track-store.ts";
import { growRepo, settled } from "../support/grow.ts";
import { git, writeFiles } from "../support/repo.ts";
import { trackSeed } from "../support/track.ts";

/** Expects that a failed start has left nothing. */
function expectNothingLeft(top: string, worktree: string): void {
  expect(existsSync(worktree)).toBe(false);
  expect(git(top, "branch", "--list", "work/*")).toBe("");
  expect(git(top, "worktree", "list", "--porcelain").match(/^worktree /gm)).toHaveLength(1);
}

test.each([
  ["a post-checkout hook that fails", "exit 1", /hook/],
  ["one that leaves files behind and fails", "touch left-by-hook; exit 1", /hook/],
  [
    "one that switches the branch",
    "git switch --quiet --create elsewhere 2>&1 || true",
    /elsewhere/,
  ],
  ["one that commits", "git commit --quiet --allow-empty -m hooked", /is at/],
])("%s undoes the worktree", async (_, hook, why) => {
  const { ground, config, top } = await growRepo();
  const seed = trackSeed(ground, "auth", { agent: "works" });
  const file = join(top, ".git/hooks/post-checkout");
  mkdirSync(join(top, ".git/hooks"), { recursive: true });
  // A hook that switches the branch is called for that switch as well.
  writeFileSync(file, `#!/bin/sh\n[ -n "$HOOKED" ] && exit 0; export HOOKED=1\n${hook}\n`);
  chmodSync(file, 0o755);
  const started = await startTrack(ground, config, seed);
  expect(started).toMatchObject({ kind: "failed" });
  if (started.kind === "failed") expect(started.reason).toMatch(why);
  expect(findTrack(ground.store, seed.name)?.at.state).toBe("failed");
  expect(existsSync(seed.worktree)).toBe(false);
  if (!hook.includes("commit")) expect(git(top, "branch", "--list", "work/*")).toBe("");
  const dropped = globSync(join(top, "../repo.trees/.dropped/auth-*/left-by-hook"));
  expect(dropped).toHaveLength(hook.includes("left-by-hook") ? 1 : 0);
});

test("a failed setup leaves no branch, no folder, no port and no process; then the track can start", async () => {
  const { ground, config, top } = await growRepo();
  const seed = trackSeed(ground, "auth", { agent: "works" });
  const marker = join(top, "../torn-down");
  const setup = ["touch made-by-setup", "setsid sleep 300 &", "echo no network >&2; exit 7"];
  const failing = {
    ...config,
    worktrees: { ...config.worktrees, setup, teardown: [`touch ${marker}`] },
  };
  const started = await startTrack(ground, failing, seed);
  expect(started).toMatchObject({
    kind: "failed",
    reason: expect.stringMatching(
      /^setup failed: `echo no network >&2; exit 7`: exit code 7 \(log: /,
    ),
  });
  expectNothingLeft(top, seed.worktree);
  expect(existsSync(marker)).toBe(true);
  expect(findPorts(ground.store, seed.name)).toBeUndefined();
  expect(await findInside(join(top, "../repo.trees"))).toMatchObject({ processes: [] });
  const log = readFileSync(join(ground.repo.stateDir, "tracks/auth/setup.log"), "utf8");
  expect(log).toContain("no network");
  expect(await startTrack(ground, config, seed)).toMatchObject({ kind: "started" });
  expect((await settled(ground, seed.name)).at.state).toBe("ready");
  expect(readFileSync(join(top, ".git/config"), "utf8")).not.toContain("work/auth");
});

test("what is in the way is refused by its name before anything is made", async () => {
  const { ground, config, top } = await growRepo();
  const seed = trackSeed(ground, "auth", { agent: "works" });
  const refusal = async (changes: Partial<typeof seed> = {}, at = config) =>
    await startTrack(ground, at, { ...seed, ...changes }).then(
      () => "started",
      (error: { code: string }) => error.code,
    );
  mkdirSync(seed.worktree, { recursive: true });
  expect(await refusal()).toBe("worktree/in-the-way");
  git(top, "branch", "Work/Docs");
  expect(await refusal({ ...trackSeed(ground, "docs"), agent: "works" })).toBe("branch/taken");
  git(top, "branch", "work/api/v2");
  expect(await refusal({ ...trackSeed(ground, "api"), agent: "works" })).toBe("branch/taken");
  expect(await refusal({ worktree: join(top, "trees/auth") })).toBe("worktree/root-inside");
  git(top, "worktree", "add", "--quiet", "--detach", join(top, "../other"));
  expect(await refusal({ worktree: join(top, "../other/auth") })).toBe("worktree/root-inside");
  expect(await refusal({ worktree: join(top, ".git/trees/auth") })).toBe("worktree/root-inside");
  expect(await refusal({ agent: "nobody" })).toBe("agent/unknown");
  const gone = new Map(
    [...config.agents].map(([name, agent]) => [
      name,
      { ...agent, command: ["no-such-program"] as const },
    ]),
  );
  expect(await refusal({}, { ...config, agents: gone })).toBe("agent/missing");
  expect(findTrack(ground.store, seed.name)).toBeUndefined();
  expect(ground.store.events()).toEqual([]);
});

test("a worktree is like the checkout, sparse, shallow or oddly named, and main stays clean", async () => {
  const { ground, config, top } = await growRepo("", { "in/a": "1", "out/b": "2" });
  git(top, "sparse-checkout", "set", "in");
  const base = trackSeed(ground, "x").base;
  writeFiles(top, { ".git/shallow": `${base}\n` });
  const name = `a${"-.b".repeat(19)}`.slice(0, 59);
  const seed = trackSeed(ground, name, {
    agent: "works",
    prompt: "'; rm -rf / #\u{1f333} $(x) --",
  });
  expect(await startTrack(ground, config, seed)).toMatchObject({ kind: "started" });
  expect((await settled(ground, seed.name)).at.state).toBe("ready");
  expect([
    existsSync(join(seed.worktree, "in/a")),
    existsSync(join(seed.worktree, "out/b")),
  ]).toEqual([true, false]);
  expect(readFileSync(join(seed.worktree, "got.txt"), "utf8")).toContain("rm -rf / #🌳 $(x) --");
  expect(git(top, "status", "--porcelain")).toBe("");
});

test("a name is free again when its track has failed, and not while it lives", async () => {
  const { ground, config } = await growRepo();
  const seed = trackSeed(ground, "auth", { agent: "silent" });
  await startTrack(ground, config, seed);
  const other = { ...seed, branch: asBranchName("work/auth2"), worktree: `${seed.worktree}2` };
  await expect(startTrack(ground, config, other)).rejects.toMatchObject({ code: "track/live" });
});
