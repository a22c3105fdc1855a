import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { landTrack } from "../../../src/land/queue/land-track.ts";
import type { ConfigChanges } from "../../support/config.ts";
import { readyTrack } from "../../support/ready-track.ts";
import { git, writeFiles } from "../../support/repo.ts";
import { landingOf, status } from "./landing-of.ts";

/*
 * Two landings, one after the other, use the same worktree: leftovers of the first gate must be
 * gone for the second, whose gate passes only if it still finds them.
 */

/** A gate of which each track brings its own line. */
const config: ConfigChanges = { land: { gate: [{ name: "test", command: "sh check.sh" }] } };
const files = { "check.sh": "true\n", ".gitignore": "cache/\n", "d/value": "good\n" };

/**
 * @param left a line run by the gate of the first track; @param found a line that passes when the
 * leftovers are still there
 */
async function twoGates(left: string, found: string, { isGreen }: { readonly isGreen: boolean }) {
  const scene = await landingOf({
    ...{ config, files },
    track: { tasks: ["T1"], files: { "check.sh": `${left}\nexit ${isGreen ? 0 : 1}\n` } },
  });
  const { ground, top } = scene;
  const first = await scene.act();
  expect(first.outcome).toBe(isGreen ? "landed" : "red");
  const check = `echo ran >> ../../second; ${found}\n`;
  readyTrack(ground, scene.config, "second", { tasks: ["T2"], files: { "check.sh": check } });
  const second = await landTrack(ground, scene.config, "second" as typeof scene.track.name);
  expect(readFileSync(join(top, "../second"), "utf8")).toBe("ran\n");
  return { ...scene, second };
}

const leavings: readonly (readonly [string, left: string, found: string])[] = [
  ["a repository", "git init -q left && echo 1 > left/ok", "test -e left/ok"],
  [
    "a repository among ignored files",
    "git init -q cache/x && echo 1 > cache/x/ok",
    "test -e cache/x/ok",
  ],
  ["a repository in a folder that git tracks", "git init -q d", "test -e d/.git"],
  ["ignored files", "mkdir cache; touch cache/ok", "test -e cache/ok"],
  [
    "files that a new rule ignores",
    "echo ok > .git-ok; echo .git-ok >> .gitignore",
    "test -e .git-ok",
  ],
  [
    "a file whose index entry is to be passed over",
    "git update-index --skip-worktree d/value; echo bad > d/value",
    'test "$(cat d/value)" = bad',
  ],
  [
    "a file whose index entry is taken to be unchanged",
    "git update-index --assume-unchanged d/value; echo bad > d/value",
    'test "$(cat d/value)" = bad',
  ],
  [
    "a folder that nobody may write to",
    "mkdir -p cache/locked; touch cache/locked/ok; chmod 500 cache/locked",
    "test -e cache/locked/ok",
  ],
  ["a .git of its own", "rm .git; git init -q; touch ok; git add ok", "test -e ok"],
];

describe("a red gate leaves nothing for the next one", () => {
  test.each(leavings)("%s", async (_, left, found) => {
    const { second } = await twoGates(left, found, { isGreen: false });
    expect(second).toMatchObject({ outcome: "red", gate: { exitCode: 1 } });
  });
});

test("a gate that passed leaves its ignored files, and no repository", async () => {
  const left = "mkdir -p cache; touch cache/ok; git init -q left";
  const found = "test -e cache/ok && ! test -e left";
  expect((await twoGates(left, found, { isGreen: true })).second).toMatchObject({
    outcome: "landed",
  });
});

test("a gate that marks its changes as not to be looked at is red all the same", async () => {
  const line = "git update-index --skip-worktree d/value; echo bad > d/value";
  const { act, top } = await landingOf({
    files,
    config: { land: { gate: [{ name: "test", command: line }] } },
  });
  expect(await act()).toMatchObject({ outcome: "red", paths: ["d/value"] });
  expect(status(top)).toBe("");
});

test("a gate that puts HEAD on the target moves nothing", async () => {
  const command = "git symbolic-ref HEAD refs/heads/main";
  const { act, top } = await landingOf({ config: { land: { gate: [{ name: "test", command }] } } });
  const before = git(top, "rev-parse", "main");
  const red = { outcome: "red", paths: expect.arrayContaining(["HEAD"]) };
  expect([await act(), await act()]).toMatchObject([red, red]);
  expect(git(top, "rev-parse", "main")).toBe(before);
});

test("a replacement object is not what is tested", async () => {
  const command = 'test "$(cat d/value)" = good';
  const scene = await landingOf({
    ...{ files, config: { land: { gate: [{ name: "test", command }] } } },
    track: { files: { "d/value": "bad\n" } },
  });
  const { top, track } = scene;
  const folderOf = (commit: string) => git(top, "rev-parse", `${commit}:d`);
  git(top, "replace", folderOf(track.branch), folderOf("main"));
  expect(await scene.act()).toMatchObject({ outcome: "red" });
});

describe("a verdict is not used again when something else decided it", () => {
  /**
   * Makes a landing that is green and stopped by a file in the way, so that its verdict is
   * remembered.
   */
  async function remembered(changes: ConfigChanges = {}) {
    const command = "echo run >> ../../runs";
    const config = { ...changes, land: { gate: [{ name: "test", command }] } };
    const scene = await landingOf({ files, config });
    writeFiles(scene.top, { "auth.txt": "in the way\n", "cache/key": "one\n" });
    expect(await scene.act()).toMatchObject({ reason: "dirty-target" });
    git(scene.top, "clean", "-fdq");
    return { ...scene, runs: () => readFileSync(join(scene.top, "../runs"), "utf8") };
  }

  test("the environment", async () => {
    const { ground, config, track, runs } = await remembered();
    const other = { ...ground, env: { ...ground.env, NODE_OPTIONS: "--no-warnings" } };
    expect(await landTrack(other, config, track.name)).toMatchObject({ outcome: "landed" });
    expect(runs()).toBe("run\nrun\n");
  });

  test("a terminal decides nothing", async () => {
    const { ground, config, track, runs } = await remembered();
    const other = { ...ground, env: { ...ground.env, TERM: "vt100", SSH_CONNECTION: "x" } };
    expect(await landTrack(other, config, track.name)).toMatchObject({ outcome: "landed" });
    expect(runs()).toBe("run\n");
  });

  test("a file that is copied beside the tree", async () => {
    const { act, top, runs, config } = await remembered({ worktrees: { copy: ["cache/"] } });
    writeFiles(top, { "cache/key": "another\n" });
    expect(await act()).toMatchObject({ outcome: "landed" });
    expect(runs()).toBe("run\nrun\n");
    const copied = join(config.worktrees.root, ".integration-1/cache/key");
    expect(readFileSync(copied, "utf8")).toBe("another\n");
  });
});

test("a landing's worktree in which a file was changed is cleaned before the gate", async () => {
  const scene = await twoGates("true", 'test "$(cat d/value)" = good', { isGreen: true });
  const folder = join(scene.config.worktrees.root, ".integration-1");
  writeFiles(folder, { "d/value": "bad\n" });
  git(folder, "update-index", "--skip-worktree", "d/value");
  readyTrack(scene.ground, scene.config, "third", { tasks: ["T3"] });
  const third = await landTrack(scene.ground, scene.config, "third" as typeof scene.track.name);
  expect(third).toMatchObject({ outcome: "landed" });
  expect(existsSync(join(folder, "third.txt"))).toBe(true);
});
