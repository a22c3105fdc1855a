import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Ground } from "../../src/ground/ground.ts";
import type { TrackName } from "../../src/ground/ids.ts";
import { findInside } from "../../src/ground/proc/find.ts";
import { findLate } from "../../src/land/landing/late.ts";
import { clean, cleanSteps } from "../../src/rescue/clean.ts";
import { dropTrack } from "../../src/rescue/drop.ts";
import { recoverRescues } from "../../src/rescue/recover.ts";
import { dropSteps } from "../../src/rescue/ref/removal.ts";
import { restore, restoreSteps } from "../../src/rescue/restore.ts";
import { findTrack } from "../../src/track/track-store.ts";
import { apartArgv, apartEnv } from "../support/apart.ts";
import { testConfig } from "../support/config.ts";
import { killMoments } from "../support/depth.ts";
import { growTrack, landTrack } from "../support/growing.ts";
import { commitFiles, git, gitRepo, groundOf, writeFiles } from "../support/repo.ts";
import { filesOf, gitStateOf } from "../support/snapshot.ts";

/**
 * Lists every step in which a program of these can be killed; in the deep tests, before and after
 * it too.
 */
const every = (steps: readonly string[]): readonly string[] =>
  steps.flatMap((step) => killMoments.map((point) => `${step}:${point}`));
const acted = (steps: readonly string[]): readonly string[] => steps.map((step) => `${step}:acted`);

/** Runs a verb in a process of its own that kills itself at a point of one of its programs. */
function killAt(fault: string, repo: string, verb: string, name: string): void {
  const env = apartEnv(fault);
  const options = { env, cwd: "/", encoding: "utf8" } as const;
  const [node, ...argv] = apartArgv("rescue", verb, repo, name);
  const child = spawnSync(node, argv, options);
  expect({ fault, signal: child.signal, said: child.stderr }).toMatchObject({ signal: "SIGKILL" });
}

const configOf = (repo: string) => testConfig(repo, { worktrees: { keepMs: -1 } });

/** Makes a track with a commit, a staged change, an untracked and an ignored file. */
function growBusy(ground: Ground, name: string) {
  const track = growTrack(ground, configOf(ground.repo.mainTop), name);
  commitFiles(track.worktree, { [`${name}.txt`]: "committed\n" });
  writeFiles(track.worktree, { "README.md": "staged\n" });
  git(track.worktree, "add", "README.md");
  writeFiles(track.worktree, { "README.md": "changed\n", "new.txt": "new\n", "x.log": "log\n" });
  return { track, before: { files: filesOf(track.worktree), git: gitStateOf(track.worktree) } };
}

/** Lists the remains that `drop` of a track leaves behind, each thing exactly once. */
function remains(ground: Ground, name: string) {
  const repo = ground.repo.mainTop;
  const { root } = configOf(repo).worktrees;
  const lines = (text: string): readonly string[] =>
    text.split("\n").filter((line) => line.includes(`/${name}`) || line.includes(`/${name}-`));
  return {
    worktree: existsSync(join(root, name)),
    registered: lines(git(repo, "worktree", "list")).length,
    branches: lines(git(repo, "for-each-ref", "refs/heads/")).length,
    rescues: lines(git(repo, "for-each-ref", "refs/pleach/rescue/")).length,
    kept: readdirSync(join(root, ".dropped")).filter((entry) => entry.startsWith(`${name}-`))
      .length,
    scratch: existsSync(join(ground.repo.stateDir, "scratch"))
      ? readdirSync(join(ground.repo.stateDir, "scratch"))
      : [],
  };
}

const allAway = { worktree: false, registered: 0, branches: 0, scratch: [] };
const allBack = { worktree: true, registered: 1, branches: 1, kept: 0, scratch: [] };

async function recoverAll(ground: Ground, subject?: string): Promise<void> {
  const config = configOf(ground.repo.mainTop);
  const recovered = await recoverRescues(ground, config, findLate);
  expect(recovered).toContainEqual(
    expect.objectContaining(subject === undefined ? { problem: null } : { subject, problem: null }),
  );
  expect(await recoverRescues(ground, config, findLate)).toEqual([]);
}

async function fresh(): Promise<{ readonly repo: string; readonly ground: Ground }> {
  const repo = gitRepo({ "README.md": "hello\n", ".gitignore": "*.log\n" });
  const ground = await groundOf(repo);
  onTestFinished(async () => {
    expect(await findInside(dirname(repo))).toEqual({ kind: "known", processes: [] });
    ground.store.close();
  });
  return { repo, ground };
}

const name = "auth" as TrackName;

describe("killed between any two instructions, the next start finishes and nothing is lost:", () => {
  test.each(every(dropSteps))("drop at %s", async (point) => {
    const { repo, ground } = await fresh();
    const { track, before } = growBusy(ground, name);
    killAt(`drop:${point}`, repo, "drop", name);
    await recoverAll(ground, name);
    expect(remains(ground, name)).toEqual({ ...allAway, rescues: 1, kept: 1 });
    expect(findTrack(ground.store, name)?.at.state).toBe("dropped");
    expect(await restore(ground, configOf(repo), name)).toMatchObject({ from: "folder" });
    const after = { files: filesOf(track.worktree), git: gitStateOf(track.worktree) };
    expect(after).toEqual(before);
  });

  test.each(acted(dropSteps))("retirement at %s", async (point) => {
    const { repo, ground } = await fresh();
    const track = growTrack(ground, configOf(repo), name);
    commitFiles(track.worktree, { [`${name}.txt`]: "landed\n" });
    landTrack(ground, track);
    killAt(`retire:${point}`, repo, "retire", name);
    await recoverAll(ground, name);
    expect(remains(ground, name)).toEqual({ ...allAway, rescues: 0, kept: 1 });
    expect(findTrack(ground.store, name)?.at.state).toBe("landed");
  });

  test.each(every(restoreSteps))("restore of a kept folder at %s", async (point) => {
    const { repo, ground } = await fresh();
    const { track, before } = growBusy(ground, name);
    await dropTrack(ground, configOf(repo), name);
    killAt(`restore:${point}`, repo, "restore", name);
    await recoverAll(ground, name);
    expect(remains(ground, name)).toEqual({ ...allBack, rescues: 1 });
    expect(findTrack(ground.store, name)?.at.state).toBe("restored");
    const after = { files: filesOf(track.worktree), git: gitStateOf(track.worktree) };
    expect(after).toEqual(before);
  });

  test.each(acted(restoreSteps))("restore from a ref at %s", async (point) => {
    const { repo, ground } = await fresh();
    const { track, before } = growBusy(ground, name);
    const { rescue } = await dropTrack(ground, configOf(repo), name);
    await clean(ground, configOf(repo), { expired: true, findLate });
    killAt(`restore:${point}`, repo, "restore", rescue ?? "");
    await recoverAll(ground, name);
    expect(remains(ground, name)).toEqual({ ...allBack, rescues: 1 });
    const { "x.log": _, ...held } = before.files;
    expect(filesOf(track.worktree)).toEqual(held);
    expect(gitStateOf(track.worktree)).toEqual(before.git);
  });

  const inClean = every(cleanSteps).map((point) => `clean:${point}`);
  test.each([...inClean, "retire:move:acted", "retire:unregister:acted"])(
    "cleaning at %s",
    async (point) => {
      const { repo, ground } = await fresh();
      const [gone, over] = ["gone" as TrackName, "over" as TrackName];
      const { before } = growBusy(ground, gone);
      const { rescue, folder } = await dropTrack(ground, configOf(repo), gone);
      const track = growTrack(ground, configOf(repo), over);
      commitFiles(track.worktree, { [`${over}.txt`]: "landed\n" });
      landTrack(ground, track);
      killAt(point, repo, "clean", "");
      await recoverAll(ground);
      expect(remains(ground, over)).toEqual({ ...allAway, rescues: 0, kept: 1 });
      expect(existsSync(folder ?? "")).toBe(false);
      const back = await restore(ground, configOf(repo), rescue ?? "");
      expect(back).toMatchObject({ from: "ref", missing: [{ path: "x.log", kind: "ignored" }] });
      const { "x.log": _, ...held } = before.files;
      expect(filesOf(back.worktree)).toEqual(held);
    },
  );
});
