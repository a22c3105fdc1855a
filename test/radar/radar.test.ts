import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Ground } from "../../src/ground/ground.ts";
import { asBranchName } from "../../src/ground/ids.ts";
import { followScans } from "../../src/radar/follow.ts";
import { openRadar } from "../../src/radar/open.ts";
import type { Radar } from "../../src/radar/radar.ts";
import type { Scan, SubjectSeen } from "../../src/radar/scan.ts";
import { scratchPrefixOf, sweepScratch } from "../../src/radar/scratch.ts";
import { allSubjects } from "../../src/radar/subjects.ts";
import { testConfig } from "../support/config.ts";
import { commitFiles, git, gitRepo, groundOf, writeFiles } from "../support/repo.ts";
import { scratch } from "../support/scratch.ts";

const lines = (change?: string, at = 5): string =>
  Array.from({ length: 20 }, (_, line) =>
    line === at && change !== undefined ? `${change}\n` : `line ${line}\n`,
  ).join("");

interface Site {
  readonly repo: string;
  readonly ground: Ground;
  readonly radar: Radar;
  readonly look: () => Promise<Scan>;
}

/** Makes a repository with a worktree for each name, on a branch of that name. */
async function site(
  names: readonly string[],
  options: Parameters<typeof testConfig>[1] = {},
): Promise<Site> {
  const repo = gitRepo({
    "a.txt": lines(),
    "b.txt": lines(),
    "CHANGELOG.md": lines(),
    "TASKS.md": lines(),
    ".gitignore": "ignored\n",
  });
  for (const name of names) git(repo, "worktree", "add", "-q", "-b", name, treeOf(repo, name));
  const ground = await groundOf(repo);
  const config = testConfig(repo, options);
  const radar = openRadar(ground, config);
  const look = async (): Promise<Scan> =>
    await radar.scan(
      (await allSubjects(ground.git, config.target, [])).filter(({ name }) => name !== "main"),
    );
  return { repo, ground, radar, look };
}

const treeOf = (repo: string, name: string): string => join(repo, "../trees", name);

/** Lists each pair that conflicts as `a b: paths`. */
const said = ({ meetings }: Scan): readonly string[] =>
  meetings.map(({ names, paths }) => `${names.join(" ")}: ${paths.map(({ path }) => path).join()}`);

const seenAs = ({ seen }: Scan, name: string): SubjectSeen | undefined =>
  seen.find(({ subject }) => subject.name === name);

/** Lists every object file of the repository itself, and git's facts about a worktree's files. */
function traces(repo: string, worktree: string): object {
  const admin = git(worktree, "rev-parse", "--path-format=absolute", "--git-dir");
  const files = readdirSync(worktree, { recursive: true, encoding: "utf8" }).sort();
  return {
    objects: readdirSync(join(repo, ".git/objects"), { recursive: true }).sort(),
    index: statSync(join(admin, "index"), { bigint: true }).mtimeNs,
    admin: readdirSync(admin).sort(),
    files: files.map((file) => [file, statSync(join(worktree, file), { bigint: true }).mtimeNs]),
    refs: git(repo, "for-each-ref"),
  };
}

test("a look sees uncommitted, staged and untracked work, and leaves no trace", async () => {
  const { repo, ground, radar, look } = await site(["committed", "staged", "edited", "untracked"]);
  commitFiles(treeOf(repo, "committed"), { "a.txt": lines("mine") });
  writeFiles(treeOf(repo, "staged"), { "a.txt": lines("staged") });
  git(treeOf(repo, "staged"), "add", "a.txt");
  writeFiles(treeOf(repo, "edited"), { "a.txt": lines("edited"), new: "one\n" });
  writeFiles(treeOf(repo, "untracked"), { "new/file": "two\n", ignored: "x" });
  writeFiles(treeOf(repo, "committed"), { ignored: "y" });
  const names = ["committed", "staged", "edited", "untracked"];
  const before = names.map((name) => traces(repo, treeOf(repo, name)));
  const scan = await look();
  expect(said(scan)).toEqual([
    "committed edited: a.txt",
    "committed staged: a.txt",
    "edited staged: a.txt",
    "edited untracked: new",
  ]);
  expect(names.map((name) => traces(repo, treeOf(repo, name)))).toEqual(before);
  const [hunk] = scan.meetings[0]?.paths[0]?.hunks ?? [];
  expect(hunk).toEqual({ line: 6, ours: ["mine"], theirs: ["edited"] });
  expect(seenAs(scan, "committed")).toMatchObject({ dirty: false, changed: ["a.txt"] });
  expect(seenAs(scan, "edited")).toMatchObject({ dirty: true, changed: ["a.txt", "new"] });
  radar.close();
  const prefix = scratchPrefixOf(ground.repo.stateDir);
  expect(readdirSync(dirname(prefix)).filter((name) => name.startsWith(basename(prefix)))).toEqual(
    [],
  );
});

test("an edit of the same size in the second in which the index was written is seen", async () => {
  const { repo, radar, look } = await site(["one", "two"]);
  git(repo, "config", "core.trustctime", "false");
  commitFiles(treeOf(repo, "two"), { "a.txt": lines("two") });
  const one = treeOf(repo, "one");
  const second = 1_700_000_000;
  const write = (change: string): void => {
    writeFiles(one, { "a.txt": lines(change) });
    utimesSync(join(one, "a.txt"), second, second);
  };
  write("aaaa");
  git(one, "commit", "--quiet", "--all", "--message", "One");
  utimesSync(
    git(one, "rev-parse", "--path-format=absolute", "--git-path", "index"),
    second,
    second,
  );
  write("bbbb");
  const scan = await look();
  expect(scan.meetings[0]?.paths[0]?.hunks[0]).toMatchObject({ ours: ["bbbb"], theirs: ["two"] });
  radar.close();
});

test("a second look sees later changes, and nothing twice", async () => {
  const { repo, radar, look } = await site(["one", "two", "three"]);
  writeFiles(treeOf(repo, "one"), { "a.txt": lines("one") });
  writeFiles(treeOf(repo, "two"), { "b.txt": lines("two") });
  expect(said(await look())).toEqual([]);
  writeFiles(treeOf(repo, "two"), { "a.txt": lines("two") });
  expect(said(await look())).toEqual(["one two: a.txt"]);
  expect(said(await look())).toEqual(["one two: a.txt"]);
  writeFiles(treeOf(repo, "two"), { "a.txt": lines() });
  expect(said(await look())).toEqual([]);
  commitFiles(repo, { "b.txt": lines("target") });
  const scan = await look();
  expect(seenAs(scan, "two")).toMatchObject({
    state: "conflict",
    paths: [{ path: "b.txt", hunks: [{ line: 6, ours: ["target"], theirs: ["two"] }] }],
  });
  expect(seenAs(scan, "one")).toMatchObject({ state: "clean" });
  radar.close();
});

test("the task file is left out, and a path that the landing settles is soft", async () => {
  const union = { pattern: "*.md", policy: { kind: "union" as const } };
  const { repo, radar, look } = await site(["one", "two", "three"], { soft: [union] });
  for (const name of ["one", "two"]) {
    writeFiles(treeOf(repo, name), { "TASKS.md": lines(name), "CHANGELOG.md": lines(name) });
  }
  writeFiles(treeOf(repo, "three"), { "TASKS.md": lines("three") });
  commitFiles(repo, { "TASKS.md": lines("target"), "CHANGELOG.md": lines("target") });
  const scan = await look();
  expect(scan.meetings.map(({ names }) => names.join(" "))).toEqual(["one two"]);
  expect(scan.meetings[0]?.paths).toMatchObject([{ path: "CHANGELOG.md", soft: true }]);
  expect(seenAs(scan, "three")).toMatchObject({ state: "clean", paths: [], changed: [] });
  expect(seenAs(scan, "one")).toMatchObject({
    state: "clean",
    paths: [{ path: "CHANGELOG.md", soft: true }],
  });
  radar.close();
});

test("a large untracked file is known by path and size, and its content is not read", async () => {
  const { repo, radar, look } = await site(["one", "two", "three"]);
  const large = (name: string, bytes: number): void => {
    const file = join(treeOf(repo, name), "model.bin");
    writeFileSync(file, "");
    truncateSync(file, bytes);
    // A file that cannot be read makes git give up: it must not try.
    chmodSync(file, 0o000);
  };
  large("one", 30_000_000);
  large("two", 30_000_001);
  large("three", 30_000_000);
  const scan = await look();
  expect(said(scan)).toEqual(["one two: model.bin", "three two: model.bin"]);
  expect(seenAs(scan, "one")).toMatchObject({ large: [{ path: "model.bin", bytes: 30_000_000 }] });
  radar.close();
});

test("submodules, repositories inside, sparse checkouts and folders in a file's place are seen", async () => {
  const { repo, radar, look } = await site(["sub", "inside", "sparse", "folder"]);
  const other = join(repo, "../other");
  git(join(repo, ".."), "init", "-q", other);
  const first = commitFiles(other, { x: "1\n" });
  git(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", other, "lib");
  git(repo, "commit", "-qm", "lib");
  for (const name of ["sub", "inside", "sparse", "folder"])
    git(treeOf(repo, name), "merge", "-q", "main");
  const moved = commitFiles(other, { x: "2\n" });
  const sub = treeOf(repo, "sub");
  git(sub, "-c", "protocol.file.allow=always", "submodule", "update", "-q", "--init");
  git(join(sub, "lib"), "checkout", "-q", moved);
  const inside = treeOf(repo, "inside");
  git(inside, "init", "-q", "nested");
  git(inside, "init", "-q", "nested-with-commit");
  commitFiles(join(inside, "nested-with-commit"), { y: "1\n" });
  git(inside, "rm", "-q", "--cached", "lib");
  git(inside, "commit", "-qm", "no lib");
  const sparse = treeOf(repo, "sparse");
  git(sparse, "sparse-checkout", "set", "--no-cone", "/a.txt");
  writeFiles(sparse, { "a.txt": lines("sparse"), "outside/x": "x\n" });
  const folder = treeOf(repo, "folder");
  git(folder, "rm", "-q", "a.txt");
  writeFiles(folder, { "a.txt/inner": "x\n" });
  const scan = await look();
  expect(first).not.toBe(moved);
  expect(scan.seen.map((one) => [one.subject.name, "changed" in one ? one.changed : one])).toEqual([
    ["folder", ["a.txt", "a.txt/inner"]],
    ["inside", ["lib"]],
    ["sparse", ["a.txt", "outside/x"]],
    ["sub", ["lib"]],
  ]);
  expect(said(scan)).toEqual(["folder sparse: a.txt", "inside sub: lib"]);
  radar.close();
});

test("following shows each change once, and ends when it is told to", async () => {
  const { repo, ground, radar } = await site(["one", "two"]);
  const stopped = new AbortController();
  const shown: Scan[] = [];
  const following = followScans(radar, {
    subjects: async () => await allSubjects(ground.git, asBranchName("main"), []),
    ...{ git: ground.git, commonDir: ground.repo.commonDir, clock: ground.clock },
    signal: stopped.signal,
    show: (scan) => shown.push(scan),
  });
  const newest = (): readonly string[] => shown.slice(-1).flatMap(said);
  const changedBy = (name: string): readonly string[] =>
    shown.slice(-1).flatMap((scan) => {
      const seen = seenAs(scan, name);
      return seen === undefined || seen.state === "unknown" ? [] : seen.changed;
    });
  await expect.poll(() => shown.length, { timeout: 20_000 }).toBe(1);
  writeFiles(treeOf(repo, "one"), { "a.txt": lines("one") });
  commitFiles(treeOf(repo, "two"), { "a.txt": lines("two") });
  await expect.poll(newest, { timeout: 20_000 }).toEqual(["one two: a.txt"]);
  // Each is seen sooner than the usual next look: an edit, an edit in a new folder, a branch that
  // moves.
  const soon = { timeout: 25_000 };
  writeFiles(treeOf(repo, "one"), { "new/b.txt": "one\n" });
  await expect.poll(() => changedBy("one"), soon).toEqual(["a.txt", "new/b.txt"]);
  writeFiles(treeOf(repo, "one"), { "new/c.txt": "one\n" });
  await expect.poll(() => changedBy("one"), soon).toEqual(["a.txt", "new/b.txt", "new/c.txt"]);
  git(repo, "branch", "loose/end", git(treeOf(repo, "two"), "rev-parse", "HEAD"));
  await expect.poll(() => changedBy("loose/end"), soon).toEqual(["a.txt"]);
  const many = shown.length;
  expect(many).toBeLessThan(9);
  stopped.abort();
  await following;
  expect(shown).toHaveLength(many);
  radar.close();
}, 100_000);

test("a worktree that cannot be read is unknown, with a reason, and the others are seen all the same", async () => {
  const { repo, radar, look } = await site(["one", "two", "merging", "broken"]);
  commitFiles(treeOf(repo, "one"), { "a.txt": lines("one") });
  commitFiles(treeOf(repo, "two"), { "a.txt": lines("two") });
  commitFiles(treeOf(repo, "merging"), { "a.txt": lines("three") });
  expect(() => git(treeOf(repo, "merging"), "merge", "one")).toThrow();
  const admin = git(treeOf(repo, "broken"), "rev-parse", "--git-dir");
  writeFileSync(join(admin, "index"), "not an index, and long enough to be looked at by git");
  const scan = await look();
  expect(said(scan)).toEqual(["one two: a.txt"]);
  expect(seenAs(scan, "merging")).toMatchObject({
    state: "unknown",
    why: "a merge or a rebase is under way in it",
  });
  expect(seenAs(scan, "broken")).toMatchObject({ state: "unknown" });
  expect(existsSync(join(admin, "index.lock"))).toBe(false);
  radar.close();
});

test("the leftovers of killed looks go after an hour, and nothing younger", () => {
  const stateDir = scratch();
  const made = [scratchPrefixOf(stateDir), join(stateDir, "radar", "radar-")].map((prefix) => {
    mkdirSync(dirname(prefix), { recursive: true });
    return { old: mkdtempSync(prefix), young: mkdtempSync(prefix) };
  });
  onTestFinished(() => {
    for (const { young } of made) rmSync(young, { recursive: true });
  });
  const now = Date.now();
  for (const { old } of made) utimesSync(old, now / 1_000 - 3_700, now / 1_000 - 3_700);
  sweepScratch(stateDir, now);
  expect(made.map(({ old, young }) => [existsSync(old), existsSync(young)])).toEqual([
    [false, true],
    [false, true],
  ]);
});
