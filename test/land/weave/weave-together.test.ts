import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseTrackName } from "../../../src/ground/ids.ts";
import { runFrom } from "../../../src/land/attempt/attempt.ts";
import { testConfig } from "../../support/config.ts";
import { readyTrack } from "../../support/ready-track.ts";
import { commitFiles, git, gitRepo, groundOf } from "../../support/repo.ts";
import { prepareUnion } from "../queue/land-union.ts";

/*
 * The commits of several tracks are put on top of each other by one process: they equal those that
 * a rebase of each track makes.
 */

const gate = [{ name: "test", command: "true" }];

async function scene() {
  const top = gitRepo({ "README.md": "hello\n" });
  const ground = await groundOf(top);
  return { top, ground, config: testConfig(top, { land: { gate } }) };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** Lands the tracks together. @returns the facts of that landing */
async function union({ ground, config }: Scene, names: string) {
  const { attempt, prepared } = await prepareUnion(ground, config, [...names].map(parseTrackName));
  if (prepared?.verdict === undefined) await runFrom(attempt, prepared?.next);
  return attempt.landing.facts;
}

/** The format of everything in a commit except its committer and their date. */
const format = "--format=%T %an %ae %ad %e%n%B";

/** Rebases each track on top of the one before, in a worktree of its own. */
function byHand(top: string, names: string): string {
  const folder = join(top, "../by-hand");
  git(top, "worktree", "add", "--quiet", "--detach", folder, "main");
  for (const name of names) {
    const onto = git(folder, "rev-parse", "HEAD");
    git(folder, "rebase", "--quiet", "--onto", onto, "main", git(top, "rev-parse", `work/${name}`));
  }
  return git(folder, "log", format, "main..HEAD");
}

const several = [{ "a.txt": "1\n" }, { "a.txt": "1\n2\n" }, { "deep/a.txt": "a\n" }];

describe("a union", () => {
  test("has the commits that a rebase of each of its tracks makes", async () => {
    const all = await scene();
    const { top, ground, config } = all;
    const a = readyTrack(ground, config, "a", { files: several });
    git(
      a.worktree,
      "commit",
      "--quiet",
      "--allow-empty",
      "--author=Ann <ann@example.invalid>",
      "--date=2001-02-03T04:05:06+0700",
      "--message",
      "Ünusual\n\n# not a comment\n\nKey: value",
    );
    readyTrack(ground, config, "b", { files: { "README.md": "hello, b\n" } });
    readyTrack(ground, config, "c", { base: "work/b" });
    commitFiles(top, { "main.txt": "main\n" }, "Main moved on");
    const expected = byHand(top, "abc");
    const base = git(top, "rev-parse", "main");
    const { others, top: lead } = await union(all, "abc");
    expect(git(top, "log", format, `${base}..main`)).toBe(expected);
    // Each track has its own commits, up to where the next track's begin.
    const tops = [lead, ...(others ?? []).map((other) => other.top)].map(String);
    expect(tops.map((tip) => git(top, "log", "-1", "--format=%s", tip))).toHaveLength(3);
    expect(git(top, "rev-list", "--count", `${tops[0]}..${tops[1]}`)).toBe("1");
    expect(git(top, "rev-list", "--count", `${tops[1]}..${tops[2]}`)).toBe("1");
    expect(tops[2]).toBe(git(top, "rev-parse", "main"));
  });

  test("leaves its first track as it is when that follows the target already", async () => {
    const all = await scene();
    const { top, ground, config } = all;
    readyTrack(ground, config, "a", { files: several });
    readyTrack(ground, config, "b");
    const tip = git(top, "rev-parse", "work/a");
    await union(all, "ab");
    expect(git(top, "rev-parse", "main~1")).toBe(tip);
  });

  test("takes work that the target has got already for landed", async () => {
    const all = await scene();
    const { top, ground, config } = all;
    readyTrack(ground, config, "a", { files: several });
    readyTrack(ground, config, "b", { files: [{ "b.txt": "b\n" }, { "more.txt": "more\n" }] });
    commitFiles(top, { "main.txt": "main\n" }, "Main moved on");
    git(top, "cherry-pick", "work/b~1");
    await union(all, "ab");
    expect(git(top, "show", "main:more.txt")).toBe("more");
    expect(
      git(top, "log", "--format=%s", "main")
        .split("\n")
        .filter((one) => one === "b 1"),
    ).toHaveLength(1);
  });

  test("says which of its tracks conflicts, and leaves nothing open", async () => {
    const all = await scene();
    const { ground, config } = all;
    readyTrack(ground, config, "a", { files: several });
    readyTrack(ground, config, "b", { files: { "a.txt": "another\n" } });
    const { verdict } = await union(all, "ab");
    expect(verdict).toMatchObject({ outcome: "conflict", track: "b", paths: ["a.txt"] });
    const folder = join(config.worktrees.root, ".integration-1");
    expect(git(folder, "status", "--porcelain")).toBe("");
    expect(existsSync(join(git(folder, "rev-parse", "--absolute-git-dir"), "sequencer"))).toBe(
      false,
    );
  });

  test("takes notes along when the user has asked git for that", async () => {
    const all = await scene();
    const { top, ground, config } = all;
    git(top, "config", "notes.rewriteRef", "refs/notes/*");
    readyTrack(ground, config, "a", { files: several });
    readyTrack(ground, config, "b");
    git(top, "notes", "add", "--message", "about b", "work/b");
    commitFiles(top, { "main.txt": "main\n" }, "Main moved on");
    await union(all, "ab");
    expect(git(top, "notes", "show", "main")).toBe("about b");
  });

  test("begins anew when a killed union has left its commits half picked", async () => {
    const all = await scene();
    const { top, ground, config } = all;
    readyTrack(ground, config, "a", { files: several });
    readyTrack(ground, config, "b", { files: [{ "b.txt": "1\n" }, { "b.txt": "2\n" }] });
    commitFiles(top, { "main.txt": "main\n" }, "Main moved on");
    await prepareUnion(ground, config, ["a", "b"].map(parseTrackName));
    const folder = join(config.worktrees.root, ".integration-1");
    git(folder, "checkout", "--quiet", "--detach", "main");
    expect(() => git(folder, "cherry-pick", "work/a", "work/b")).toThrow();
    // The state is that between two commits: nothing to see in the files.
    const open = join(git(folder, "rev-parse", "--absolute-git-dir"), "sequencer");
    cpSync(open, join(top, "../open"), { recursive: true });
    git(folder, "cherry-pick", "--abort");
    cpSync(join(top, "../open"), open, { recursive: true });
    expect(git(folder, "status", "--porcelain")).toBe("");
    await union(all, "ab");
    expect(git(top, "show", "main:b.txt")).toBe("2");
    expect(git(top, "status", "--porcelain")).toBe("");
  });
});
