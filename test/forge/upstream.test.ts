import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pullTarget } from "../../src/forge/pull.ts";
import { describeUpstream, lookUpstream } from "../../src/forge/upstream.ts";
import { testConfig } from "../support/config.ts";
import { commitFiles, git, gitRepo, groundOf } from "../support/repo.ts";
import { scratch } from "../support/scratch.ts";

/** Makes a clone of a bare remote, and a second clone in which another person works. */
async function clones() {
  const remote = join(scratch(), "remote.git");
  git(
    gitRepo({ "a.txt": "1\n", ".gitignore": "*.log\n" }),
    "clone",
    "--quiet",
    "--bare",
    ".",
    remote,
  );
  const here = join(scratch(), "repo");
  const other = join(scratch(), "other");
  for (const folder of [here, other]) git("/", "clone", "--quiet", remote, folder);
  const push = (files: Readonly<Record<string, string>>): void => {
    commitFiles(other, files);
    git(other, "push", "--quiet");
  };
  const ground = await groundOf(here);
  return { here, other, push, ground, config: testConfig(here) };
}

type Clones = Awaited<ReturnType<typeof clones>>;

async function known({ ground, config }: Clones) {
  const upstream = await lookUpstream(ground, config, { offline: false });
  if (upstream.kind !== "known") throw new Error(upstream.kind);
  return upstream;
}

describe("the target and the branch it follows", () => {
  test("being behind is seen only after a fetch, told, and mended by a pull", async () => {
    const all = await clones();
    const { ground, config, here } = all;
    all.push({ "a.txt": "2\n", "b.txt": "new\n" });
    const offline = await lookUpstream(ground, config, { offline: true });
    expect(describeUpstream(offline, config)).toBeUndefined();
    const upstream = await known(all);
    expect(describeUpstream(upstream, config)).toMatch(/^main is 1 behind origin\/main; --pull/);
    writeFileSync(join(here, "mine.txt"), "untracked\n");
    expect(await pullTarget(ground, config, upstream)).toBe(true);
    expect(readFileSync(join(here, "b.txt"), "utf8")).toBe("new\n");
    expect(git(here, "status", "--porcelain")).toBe("?? mine.txt");
    expect(await pullTarget(ground, config, await known(all))).toBe(false);
  });

  test("a pull is refused, and changes nothing, when a dirty or an ignored file is in the way", async () => {
    const all = await clones();
    const { ground, config, here } = all;
    all.push({ "a.txt": "2\n" });
    writeFileSync(join(here, "a.txt"), "mine\n");
    const before = git(here, "rev-parse", "main");
    await expect(pullTarget(ground, config, await known(all))).rejects.toMatchObject({
      code: "pull/in-the-way",
      exitCode: 3,
    });
    git(here, "checkout", "--", "a.txt");
    writeFileSync(join(here, "x.log"), "mine\n");
    git(all.other, "add", "--force", ".");
    writeFileSync(join(all.other, "x.log"), "theirs\n");
    git(all.other, "add", "--force", "x.log");
    git(all.other, "commit", "--quiet", "--message", "Log");
    git(all.other, "push", "--quiet");
    await expect(pullTarget(ground, config, await known(all))).rejects.toThrow(/x\.log/);
    expect(readFileSync(join(here, "x.log"), "utf8")).toBe("mine\n");
    expect(git(here, "rev-parse", "main")).toBe(before);
  });

  test("diverged branches are told, and not pulled", async () => {
    const all = await clones();
    all.push({ "a.txt": "2\n" });
    commitFiles(all.here, { "c.txt": "mine\n" });
    const upstream = await known(all);
    expect(describeUpstream(upstream, all.config)).toMatch(/have diverged \(1 ahead, 1 behind\)/);
    await expect(pullTarget(all.ground, all.config, upstream)).rejects.toMatchObject({
      code: "pull/diverged",
    });
  });

  test("a target that no checkout has is moved by its ref alone", async () => {
    const all = await clones();
    all.push({ "b.txt": "new\n" });
    git(all.here, "switch", "--quiet", "--create", "elsewhere");
    const upstream = await known(all);
    expect(await pullTarget(all.ground, all.config, upstream)).toBe(true);
    expect(git(all.here, "rev-parse", "main")).toBe(upstream.tip);
    expect(existsSync(join(all.here, "b.txt"))).toBe(false);
  });

  test("a remote that cannot be asked is no reason not to work", async () => {
    const { ground, config, here } = await clones();
    git(here, "remote", "set-url", "origin", join(scratch(), "gone.git"));
    const upstream = await lookUpstream(ground, config, { offline: false });
    expect(upstream).toMatchObject({ kind: "unreachable", remote: "origin" });
    expect(describeUpstream(upstream, config)).toMatch(/going on with what is here$/);
  });
});
