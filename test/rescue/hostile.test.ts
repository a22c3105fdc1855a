import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Ground } from "../../src/ground/ground.ts";
import { asWorkerId, type TrackName } from "../../src/ground/ids.ts";
import { endAll } from "../../src/ground/proc/end.ts";
import { withDescendants } from "../../src/ground/proc/find.ts";
import { liveness, type ProcessIdentity } from "../../src/ground/proc/identity.ts";
import { startDetached } from "../../src/ground/proc/start.ts";
import { findLate } from "../../src/land/landing/late.ts";
import { clean } from "../../src/rescue/clean.ts";
import { dropTrack } from "../../src/rescue/drop.ts";
import { restore } from "../../src/rescue/restore.ts";
import { listRescues } from "../../src/rescue/restore-choice.ts";
import { retire } from "../../src/rescue/retire.ts";
import type { Track } from "../../src/track/track.ts";
import { findTrack } from "../../src/track/track-store.ts";
import { recordWorker } from "../../src/worker/worker-store.ts";
import { testConfig } from "../support/config.ts";
import { testEnv } from "../support/env.ts";
import { growTrack, landTrack } from "../support/growing.ts";
import { commitFiles, git, gitRepo, groundOf, writeFiles } from "../support/repo.ts";
import { filesOf } from "../support/snapshot.ts";

const name = "auth" as TrackName;

/** Makes a track with one commit and one untracked file. */
async function busy() {
  const repo = gitRepo({ "README.md": "hello\n", ".gitignore": "*.log\n" });
  const ground = await groundOf(repo);
  onTestFinished(() => ground.store.close());
  const config = testConfig(repo);
  const track = growTrack(ground, config, name);
  commitFiles(track.worktree, { "auth.txt": "committed\n" });
  writeFiles(track.worktree, { "new.txt": "new\n" });
  return { repo, ground, config, track };
}

/** Starts a process that sleeps in a folder; ended with the test. */
async function sleeperIn(ground: Ground, cwd: string, worker = ""): Promise<ProcessIdentity> {
  const env = { ...testEnv(), PLEACH_WORKER: worker };
  const outputFile = join(ground.repo.stateDir, "sleeper.log");
  const started = await startDetached(["sleep", "60"], { cwd, env, outputFile });
  if (started.kind !== "started") throw new Error(started.why);
  const { clock } = ground;
  const limits = { clock, graceMs: 2_000, limitMs: 2_000 };
  onTestFinished(async () => {
    await endAll(async () => await withDescendants([started.process]), limits);
  });
  return started.process;
}

/** Drops, expects to be refused, and expects that nothing whatsoever has changed. */
async function expectRefusal(
  { ground, config, track }: Awaited<ReturnType<typeof busy>>,
  error: Readonly<Record<string, unknown>>,
): Promise<void> {
  const before = filesOf(track.worktree);
  await expect(dropTrack(ground, config, name)).rejects.toMatchObject(error);
  expect(filesOf(track.worktree)).toEqual(before);
  expect(["growing", "needs-human"]).toContain(findTrack(ground.store, name)?.at.state);
  expect(git(ground.repo.mainTop, "worktree", "list")).toContain(track.worktree);
  expect(git(ground.repo.mainTop, "branch", "--list", track.branch)).not.toBe("");
}

test("a foreign process inside is named, and refuses the drop", async () => {
  const scene = await busy();
  mkdirSync(join(scene.track.worktree, "deep"));
  const { pid } = await sleeperIn(scene.ground, join(scene.track.worktree, "deep"));
  const message = expect.stringContaining(`process ${pid} works in`);
  await expectRefusal(scene, { code: "drop/inside", message });
});

test("the track's own worker is ended, wherever its processes are", async () => {
  const { ground, config, track } = await busy();
  const worker = asWorkerId("w_fixture");
  const created = {
    type: "worker.created",
    worker,
    agent: "fixture",
    attempt: 1,
    starter: ground.self,
    refusedTip: null,
    session: null,
  } as const;
  recordWorker(ground, { track: name, worker }, created);
  const inside = await sleeperIn(ground, track.worktree, worker);
  const outside = await sleeperIn(ground, "/", worker);
  await dropTrack(ground, config, name);
  expect([await liveness(inside), await liveness(outside)]).toEqual(["gone", "gone"]);
});

test("a locked worktree, a strange folder and a damaged index each refuse the drop", async () => {
  const scene = await busy();
  const { worktree } = scene.track;
  git(scene.repo, "worktree", "lock", worktree);
  await expectRefusal(scene, { code: "drop/locked" });
  git(scene.repo, "worktree", "unlock", worktree);

  const index = git(worktree, "rev-parse", "--git-path", "index");
  const intact = readFileSync(index);
  writeFileSync(index, "garbage");
  await expectRefusal(scene, { code: "git/failed" });
  const { worktrees } = await clean(scene.ground, scene.config, { findLate });
  expect(worktrees).toMatchObject([{ track: name, class: "live" }]);
  writeFileSync(index, intact);

  renameSync(join(worktree, ".git"), join(worktree, ".git-away"));
  git(worktree, "init", "--quiet");
  await expectRefusal(scene, { code: "drop/foreign" });
});

test("a folder that cannot be read whole refuses the drop", async () => {
  const scene = await busy();
  // The path is longer than a path may be: no program reaches it by its name, whoever runs it.
  const [inner, outer] = [join(scene.repo, "../inner"), join(scene.repo, "../outer")];
  mkdirSync(inner);
  for (let depth = 0; depth < 25; depth += 1) {
    mkdirSync(outer);
    renameSync(inner, join(outer, "d".repeat(200)));
    renameSync(outer, inner);
  }
  renameSync(inner, join(scene.track.worktree, "deep"));
  onTestFinished(() => void execFileSync("rm", ["-rf", scene.track.worktree]));
  const { ground, config, track } = scene;
  await expect(dropTrack(ground, config, name)).rejects.toMatchObject({ code: "git/failed" });
  expect(existsSync(join(track.worktree, "new.txt"))).toBe(true);
  expect(findTrack(ground.store, name)?.at).toMatchObject({ reason: "stopped" });
});

test("a command that runs inside the worktree refuses to take it away", async () => {
  const scene = await busy();
  const inside = await groundOf(scene.track.worktree);
  onTestFinished(() => inside.store.close());
  await expectRefusal({ ...scene, ground: inside }, { code: "drop/here" });
});

const isElsewhere = (folder: string): boolean =>
  existsSync(folder) && statSync(folder).dev !== statSync(tmpdir()).dev;
const elsewhere = ["/dev/shm", "/tmp"].find(isElsewhere);
test.skipIf(elsewhere === undefined)("a root on another file system refuses the drop", async () => {
  const scene = await busy();
  const root = mkdtempSync(join(elsewhere ?? "", "pleach-test-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const config = testConfig(scene.repo, { worktrees: { root } });
  await expectRefusal({ ...scene, config }, { code: "drop/other-device" });
});

test("the index of a worktree whose folder is missing is kept", async () => {
  const { repo, ground, config, track } = await busy();
  writeFiles(track.worktree, { "staged.txt": "staged\n" });
  git(track.worktree, "add", "staged.txt");
  renameSync(track.worktree, `${track.worktree}-lost`);
  const dropped = await dropTrack(ground, config, name);
  expect(dropped.folder).toBeUndefined();
  expect(git(repo, "worktree", "list")).not.toContain(track.worktree);
  const back = await restore(ground, config, dropped.rescue ?? "");
  expect(back.from).toBe("ref");
  expect(Object.keys(filesOf(track.worktree))).toEqual(
    expect.arrayContaining(["README.md", "auth.txt", "staged.txt"]),
  );
});

test("no hook, no signing and no missing name stands between work and its rescue", async () => {
  const { repo, ground: first, config } = await busy();
  const { HOME: _, ...env } = testEnv();
  const nameless = Object.fromEntries(
    Object.entries(env).filter(([key]) => !/^GIT_(?:AUTHOR|COMMITTER)_/.test(key)),
  );
  const ground = await groundOf(repo, nameless);
  onTestFinished(() => ground.store.close());
  git(repo, "config", "user.useConfigOnly", "true");
  git(repo, "config", "commit.gpgSign", "true");
  git(repo, "config", "gpg.program", "/no/such/program");
  const hook = join(repo, ".git/hooks/post-index-change");
  mkdirSync(join(repo, ".git/hooks"), { recursive: true });
  writeFileSync(hook, `#!/bin/sh\ntouch '${repo}/hooked'\n`);
  chmodSync(hook, 0o755);
  const { rescue } = await dropTrack(ground, config, name);
  expect(git(repo, "show", `${rescue}:new.txt`)).toBe("new");
  expect(git(repo, "log", "-1", "--format=%an %s", rescue ?? "")).toBe("Pleach Rescue track auth");
  expect(existsSync(join(repo, "hooked"))).toBe(false);
  expect(findTrack(first.store, name)?.at).toEqual({ state: "dropped", rescue });
});

test("a name that is in use again refuses the restore, and another name takes it", async () => {
  const { repo, ground, config, track } = await busy();
  const { rescue } = await dropTrack(ground, config, name);
  const second = growTrack(ground, config, name);
  await expect(restore(ground, config, rescue ?? "")).rejects.toMatchObject({
    code: "restore/taken",
    hint: expect.stringContaining("--as"),
  });
  const back = await restore(ground, config, rescue ?? "", { as: "auth-2" as TrackName });
  expect(back).toMatchObject({ track: "auth-2", branch: "work/auth-2", from: "folder" });
  expect(git(back.worktree, "symbolic-ref", "HEAD")).toBe("refs/heads/work/auth-2");
  expect(filesOf(back.worktree)["new.txt"]).toBe("file new\n");
  expect(findTrack(ground.store, name)).toEqual(second);
  expect(git(repo, "worktree", "list")).toContain(track.worktree);
});

test("a ref alone is enough, when the state of pleach and the folder are gone", async () => {
  const { repo, ground, config, track } = await busy();
  const { rescue, folder } = await dropTrack(ground, config, name);
  rmSync(ground.repo.stateDir, { recursive: true });
  rmSync(folder ?? "", { recursive: true });
  const again = await groundOf(repo);
  onTestFinished(() => again.store.close());
  expect(await listRescues(again)).toMatchObject([{ track: name, ref: rescue, folder: null }]);
  expect(await restore(again, config, name)).toMatchObject({ from: "ref", missing: [] });
  expect(filesOf(track.worktree)["new.txt"]).toBe("file new\n");
  expect(findTrack(again.store, name)?.at.state).toBe("restored");
});

test("commits that only the reflog still named are in the ref", async () => {
  const { repo, ground, config, track } = await busy();
  const lost = commitFiles(track.worktree, { "lost.txt": "lost\n" });
  git(track.worktree, "reset", "--quiet", "--hard", "HEAD~1");
  const { rescue } = await dropTrack(ground, config, name);
  git(repo, "merge-base", "--is-ancestor", lost, rescue ?? "");
});

test("a branch that is checked out elsewhere stays, and that is told", async () => {
  const { repo, ground, config, track } = await busy();
  git(repo, "checkout", "--quiet", "--ignore-other-worktrees", track.branch);
  const { notes } = await dropTrack(ground, config, name);
  expect(notes).toEqual([expect.stringContaining("is checked out in")]);
  expect(git(repo, "rev-parse", "--abbrev-ref", "HEAD")).toBe(track.branch);
});

function land(ground: Ground, track: Track, how: "ff" | "squash"): void {
  const { mainTop } = ground.repo;
  rmSync(join(track.worktree, "new.txt"), { force: true });
  if (how === "squash") {
    git(mainTop, "merge", "--quiet", "--squash", track.branch);
    git(mainTop, "commit", "--quiet", "--message", "All at once");
    return;
  }
  landTrack(ground, track);
}

test("retirement writes a ref only for commits that the target does not have, whatever names say", async () => {
  const landed = await busy();
  land(landed.ground, landed.track, "ff");
  const { drop } = await retire(landed.ground, landed.config, name, { findLate });
  expect(drop.rescue).toBeNull();
  expect(findTrack(landed.ground.store, name)?.at.state).toBe("landed");

  const squashed = await busy();
  land(squashed.ground, squashed.track, "squash");
  expect(
    (await retire(squashed.ground, squashed.config, name, { findLate })).drop.rescue,
  ).toBeNull();

  const beyond = await busy();
  land(beyond.ground, beyond.track, "ff");
  commitFiles(beyond.track.worktree, { "late.txt": "after the landing\n" });
  const late = (await retire(beyond.ground, beyond.config, name, { findLate })).drop;
  expect(git(beyond.repo, "show", `${late.rescue?.ref}:late.txt`)).toBe("after the landing");

  const fooled = await busy();
  // A driver that always keeps our side would make any merge look empty.
  git(fooled.repo, "config", "merge.ours.driver", "true");
  writeFiles(fooled.repo, { ".git/info/attributes": "* merge=ours\n" });
  rmSync(join(fooled.track.worktree, "new.txt"));
  commitFiles(fooled.track.worktree, { "README.md": "theirs\n" });
  commitFiles(fooled.repo, { "README.md": "ours\n", "auth.txt": "committed\n" });
  expect(
    (await retire(fooled.ground, fooled.config, name, { findLate })).drop.rescue,
  ).not.toBeNull();
});

test("clean frees the worktrees proven safe, says why the rest stays, and does nothing when dry", async () => {
  const { repo, ground, config, track } = await busy();
  land(ground, track, "ff");
  writeFiles(track.worktree, { "x.log": "1234567890" });
  const dirty = growTrack(ground, config, "dirty");
  landTrack(ground, dirty);
  writeFiles(dirty.worktree, { "new.txt": "new\n" });
  growTrack(ground, config, "live");
  git(repo, "worktree", "add", "--quiet", "--detach", join(config.worktrees.root, "by-hand"));
  mkdirSync(join(config.worktrees.root, "plain"));
  const expected = {
    worktrees: [
      { track: "auth", class: "safe", ignoredBytes: 10 },
      { track: null, class: "unknown" },
      { track: "dirty", class: "dirty" },
      { track: "live", class: "live" },
      { track: null, class: "unknown" },
    ],
    retired: ["auth"],
  };
  expect(await clean(ground, config, { dryRun: true, findLate })).toMatchObject(expected);
  expect(existsSync(track.worktree)).toBe(true);
  expect(await clean(ground, config, { findLate })).toMatchObject(expected);
  expect(existsSync(track.worktree)).toBe(false);
  expect(await restore(ground, config, "auth")).toMatchObject({ from: "folder" });
  expect(filesOf(track.worktree)["x.log"]).toBe("file 1234567890");
});

test("an expired folder goes only when its ref is whole, and nothing outside it goes with it", async () => {
  const { repo, ground, track } = await busy();
  const config = testConfig(repo, { worktrees: { keepMs: -1 } });
  const outside = join(repo, "../outside");
  writeFiles(outside, { "precious.txt": "precious\n" });
  symlinkSync(outside, join(track.worktree, "link"));
  writeFiles(track.worktree, { "cache/x.log": "x" });
  chmodSync(join(track.worktree, "cache"), 0o500);
  const { rescue, folder = "" } = await dropTrack(ground, config, name);

  expect((await clean(ground, config, { findLate })).kept).toMatchObject([
    { folder, due: true, stays: null },
  ]);
  const tip = git(repo, "rev-parse", rescue ?? "");
  git(repo, "update-ref", "-d", rescue ?? "");
  const kept = await clean(ground, config, { expired: true, findLate });
  expect(kept).toMatchObject({
    deleted: [],
    kept: [{ stays: expect.stringContaining("not what") }],
  });
  expect(existsSync(folder)).toBe(true);

  git(repo, "update-ref", rescue ?? "", tip);
  const { pid } = await sleeperIn(ground, folder);
  expect(await clean(ground, config, { expired: true, findLate })).toMatchObject({
    deleted: [],
    kept: [{ stays: expect.stringContaining(String(pid)) }],
  });
  process.kill(pid, "SIGKILL");
  await expect
    .poll(async () => (await clean(ground, config, { expired: true, findLate })).deleted)
    .toEqual([folder]);
  expect(existsSync(folder)).toBe(false);
  expect(filesOf(outside)).toEqual({ "precious.txt": "file precious\n" });
});

/** Records that an agent may write into a ref that it makes itself. */
const forgeries: readonly (readonly [string, (record: Record<string, unknown>) => object])[] = [
  ["a time that leads elsewhere", (record) => ({ ...record, time: "../../../away" })],
  ["another track", (record) => ({ ...record, track: "other" })],
  ["a HEAD that is no branch", (record) => ({ ...record, headRef: "refs/replace/x" })],
  ["a branch that leads elsewhere", (record) => ({ ...record, branch: "../../hooks/x" })],
  [
    "a worktree of no path",
    (record) => ({ ...record, seed: { ...seedIn(record), worktree: "x" } }),
  ],
  [
    "permissions there are not",
    (record) => ({ ...record, seed: { ...seedIn(record), permissions: "all" } }),
  ],
  ["tasks that are none", (record) => ({ ...record, seed: { ...seedIn(record), tasks: [1] } })],
];

const seedIn = (record: Record<string, unknown>): object => record["seed"] as object;

/** Makes a rescue ref like the one that `drop` made, with another record in it. */
function forge(
  repo: string,
  ref: string,
  change: (record: Record<string, unknown>) => object,
): string {
  const record = JSON.parse(git(repo, "cat-file", "blob", `${ref}^2:record.json`));
  const time = "20261121T093000123Z";
  writeFiles(repo, { "../forged.json": JSON.stringify(change({ ...record, time })) });
  const blob = git(repo, "hash-object", "-w", join(repo, "../forged.json"));
  const tree = git(repo, "ls-tree", `${ref}^2`).replace(/\S+(?=\trecord\.json)/, blob);
  const made = execFileSync("git", ["mktree"], { cwd: repo, input: `${tree}\n` })
    .toString()
    .trim();
  const aside = git(repo, "commit-tree", made, "-m", "x");
  const commit = git(
    repo,
    "commit-tree",
    `${ref}^{tree}`,
    "-p",
    `${ref}^1`,
    "-p",
    aside,
    "-m",
    "x",
  );
  git(repo, "update-ref", `refs/pleach/rescue/auth/${time}`, commit);
  return `auth/${time}`;
}

test.each(forgeries)("a record with %s is refused, and nothing comes of it", async (_, change) => {
  const { repo, ground, config } = await busy();
  const { rescue } = await dropTrack(ground, config, name);
  const forged = forge(repo, rescue ?? "", change);
  const before = git(repo, "for-each-ref");
  await expect(restore(ground, config, forged)).rejects.toMatchObject({
    code: "rescue/unreadable",
  });
  expect(git(repo, "for-each-ref")).toBe(before);
});

test("a record that only a ref tells of gives no permission", async () => {
  const { repo, ground, config } = await busy();
  const { rescue } = await dropTrack(ground, config, name);
  const forged = forge(repo, rescue ?? "", (record) => ({
    ...record,
    seed: { ...seedIn(record), permissions: "bypass", worktree: "/etc/away" },
  }));
  const { worktree } = await restore(ground, config, forged);
  expect(worktree).toBe(join(config.worktrees.root, "auth"));
  expect(findTrack(ground.store, name)?.permissions).toBe("ask");
});
