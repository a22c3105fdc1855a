import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unwireDriver, wireDriver } from "../../../src/backlog/merge/wire.ts";
import { Git } from "../../../src/ground/git/git.ts";
import type { Argv } from "../../../src/ground/proc/run.ts";
import { draws } from "../../support/depth.ts";
import { testEnv } from "../../support/env.ts";
import { copyProgram, launcher } from "../../support/places.ts";
import { commitFiles, git, gitRepo } from "../../support/repo.ts";
import { scratch } from "../../support/scratch.ts";
import { backlogHistory, expectedOf, type History, itemsIn, render } from "../task-histories.ts";

const pleach: Argv = [process.execPath, launcher];
const gitIn = (folder: string): Git => new Git(folder, testEnv());

const base = "# Tasks\n\n- [ ] One  id:A\n- [ ] Two  id:B\n\nEnd.\n";
const tickOne = base.replace("[ ] One", "[x] One");
const tickTwo = base.replace("[ ] Two", "[x] Two");

/** Merges two versions of a file with real git; returns the exit code and the merged text. */
function mergeIn(folder: string, file: string, ours: string, theirs: string) {
  git(folder, "checkout", "-q", "-B", "theirs", "main");
  commitFiles(folder, { [file]: theirs });
  git(folder, "checkout", "-q", "-B", "ours", "main");
  commitFiles(folder, { [file]: ours });
  const { status } = spawnSync("git", ["merge", "-q", "--no-edit", "theirs"], { cwd: folder });
  const text = readFileSync(join(folder, file), "utf8");
  const strays = git(folder, "status", "--porcelain", "-uall")
    .split("\n")
    .filter((line) => line.startsWith("??"));
  if (status !== 0) git(folder, "merge", "--abort");
  return { status, text, strays };
}

describe("the wired driver", () => {
  test.each(["TASKS.md", 'docs/my tasks [1]* "x".md', "Ünï.md"])(
    "merges %s, and only that file, in every worktree",
    async (file) => {
      const folder = gitRepo({ [file]: base, "sub/TASKS.md": base });
      expect(await wireDriver(gitIn(folder), { pleach, file })).toBe(true);
      expect(mergeIn(folder, file, tickOne, tickTwo)).toEqual({
        status: 0,
        text: tickOne.replace("[ ]", "[x]"),
        strays: [],
      });
      expect(mergeIn(folder, "sub/TASKS.md", tickOne, tickTwo).status).toBe(1);
      const tree = join(scratch(), "tree");
      git(folder, "worktree", "add", "-q", "--detach", tree, "ours");
      expect(git(tree, "check-attr", "merge", file)).toContain("pleach-tasks");
    },
  );

  test("a program whose path has spaces, quotes and signs of shell and git is started", async () => {
    const odd = join(scratch(), 'it\'s $HOME "50%A" `x`;');
    const folder = gitRepo({ "TASKS.md": base });
    const there: Argv = [process.execPath, copyProgram(odd)];
    await wireDriver(gitIn(folder), { pleach: there, file: "TASKS.md" });
    const merged = { status: 0, text: tickOne.replace("[ ]", "[x]"), strays: [] };
    expect(mergeIn(folder, "TASKS.md", tickOne, tickTwo)).toEqual(merged);
    rmSync(odd, { recursive: true });
    const honest = mergeIn(folder, "TASKS.md", tickOne, tickTwo);
    expect(honest.status).toBe(1);
    expect(honest.text).toContain("<<<<<<< ours\n- [x] One  id:A\n- [ ] Two  id:B\n=======\n");
    const far = base.replace("End.", "The end.");
    expect(mergeIn(folder, "TASKS.md", tickOne, far).text).toBe(far.replace("[ ]", "[x]"));
  });

  test("a prose conflict is a conflict to git, with our markers in the file", async () => {
    const folder = gitRepo({ "TASKS.md": base });
    await wireDriver(gitIn(folder), { pleach, file: "TASKS.md" });
    const ours = tickOne.replace("End.", "Our end.");
    const theirs = tickTwo.replace("End.", "Their end.");
    expect(mergeIn(folder, "TASKS.md", ours, theirs)).toEqual({
      status: 1,
      text: "# Tasks\n\n- [x] One  id:A\n- [x] Two  id:B\n\n<<<<<<< ours\nOur end.\n=======\nTheir end.\n>>>>>>> theirs\n",
      strays: [],
    });
  });

  test.each([
    ["is killed", "process.kill(process.pid, 'SIGKILL')"],
    ["throws", "throw new Error('x')"],
    ["is refused", "process.exit(4)"],
  ])("a driver that %s leaves the merge to git", async (_name, code) => {
    const script = join(scratch(), "broken.mjs");
    writeFileSync(script, code);
    const folder = gitRepo({ "TASKS.md": base });
    await wireDriver(gitIn(folder), { pleach: [process.execPath, script], file: "TASKS.md" });
    const theirs = base.replace("End.", "The end.");
    expect(mergeIn(folder, "TASKS.md", tickOne, theirs)).toEqual({
      status: 0,
      text: theirs.replace("[ ]", "[x]"),
      strays: [],
    });
  });
});

test("wiring is idempotent, repairs stale places and leaves no trace when it is removed", async () => {
  const folder = gitRepo();
  const attributes = join(folder, ".git/info/attributes");
  const config = readFileSync(join(folder, ".git/config"), "utf8");
  const at = gitIn(folder);
  expect(await unwireDriver(at)).toBe(false);
  mkdirSync(join(folder, ".git/info"), { recursive: true });
  writeFileSync(attributes, "*.png binary\n/x merge=pleach-tasks \n*.jpg binary");
  expect(await wireDriver(at, { pleach: ["old"], file: "old.md" })).toBe(true);
  expect(await wireDriver(at, { pleach: ["new", "p"], file: "TASKS.md" })).toBe(true);
  expect(await wireDriver(at, { pleach: ["new", "p"], file: "TASKS.md" })).toBe(false);
  expect(readFileSync(attributes, "utf8")).toBe(
    "*.png binary\n*.jpg binary\n/TASKS.md merge=pleach-tasks\n",
  );
  expect(git(folder, "config", "merge.pleach-tasks.driver")).toContain("'new' 'p' merge-driver %O");
  expect(await unwireDriver(at)).toBe(true);
  expect(readFileSync(attributes, "utf8")).toBe("*.png binary\n*.jpg binary\n");
  expect(readFileSync(join(folder, ".git/config"), "utf8")).toBe(config);
  rmSync(attributes);
  await wireDriver(at, { pleach: ["p"], file: "TASKS.md" });
  expect(await unwireDriver(at)).toBe(true);
  expect(existsSync(attributes)).toBe(false);
});

const count = draws(60, 300);

test(`${count} random merges through git: nothing lost, doubled, unticked or contradictory`, async () => {
  // Git asks the driver only where both sides changed the file, and differently.
  const isForked = ({ base, ours, theirs }: History): boolean =>
    new Set([base, ours, theirs].map(render)).size === 3;
  const histories = fc.sample(backlogHistory.filter(isForked), {
    numRuns: count,
    seed: 20_260_101,
  });
  const name = (index: number): string => `tasks${index}.md`;
  const version = (side: "base" | "ours" | "theirs"): Record<string, string> =>
    Object.fromEntries(histories.map((history, index) => [name(index), render(history[side])]));
  const folder = gitRepo(version("base"));
  await wireDriver(gitIn(folder), { pleach, file: "TASKS.md" });
  writeFileSync(join(folder, ".git/info/attributes"), "*.md merge=pleach-tasks\n");
  git(folder, "checkout", "-q", "-b", "theirs");
  commitFiles(folder, version("theirs"));
  git(folder, "checkout", "-q", "-b", "ours", "main");
  commitFiles(folder, version("ours"));
  spawnSync("git", ["-c", "merge.renames=false", "merge", "-q", "--no-edit", "theirs"], {
    cwd: folder,
    stdio: "ignore",
  });
  const inConflict = new Set(
    execFileSync("git", ["diff", "--name-only", "--diff-filter=U", "-z"], { cwd: folder })
      .toString()
      .split("\0"),
  );
  for (const [index, history] of histories.entries()) {
    const text = readFileSync(join(folder, name(index)), "utf8");
    expect(inConflict.has(name(index))).toBe(text.includes("<<<<<<< ours"));
    const found = itemsIn(text);
    for (const { name: item, alive, done, isEditedTwice } of expectedOf(history)) {
      const states = alive ? Array(isEditedTwice ? 2 : 1).fill(done) : [];
      expect([index, item, found.get(item) ?? []]).toEqual([index, item, states]);
    }
  }
  expect(inConflict.size).toBeLessThan(count / 10);
}, 180_000);
