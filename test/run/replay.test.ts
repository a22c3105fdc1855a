import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testEnv } from "../support/env.ts";
import { commitFiles, git, gitRepo } from "../support/repo.ts";

const main = join(import.meta.dirname, "../../scripts/replay/main.ts");

/**
 * Thinking time of the agents, 5 s: the two that collide must both be cut before one of them lands.
 */
const thinkSeconds = "5";

function replay(repo: string, ...args: readonly string[]) {
  const argv = [main, "--repo", repo, "--think", thinkSeconds, ...args];
  return spawnSync(process.execPath, argv, { encoding: "utf8", env: testEnv() });
}

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `// line ${from + index}\n`).join("");

/**
 * Makes a short history of all that a replay looks for: a collision, a shared path, a rename, and
 * others.
 */
function storyRepo(): string {
  const repo = gitRepo({
    "README.md": "# Story\n",
    "src/list.js": `const list = ["one"];\n${lines(1, 20)}module.exports = list;\n`,
    "src/old.js": `${lines(1, 10)}module.exports = 1;\n`,
    "src/shared.js": `let a = 1;\n${lines(1, 20)}let b = 1;\n`,
  });
  commitFiles(repo, {
    "src/list.js": `const list = ["one", "two"];\n${lines(1, 20)}module.exports = list;\n`,
    "test/two.js": "require('../src/list.js');\n",
  });
  commitFiles(
    repo,
    {
      "src/list.js": `const list = ["one", "two", "three"];\n${lines(1, 20)}module.exports = list;\n`,
    },
    "Add three",
  );
  commitFiles(repo, { "src/shared.js": `let a = 2;\n${lines(1, 20)}let b = 1;\n` }, "Raise a");
  commitFiles(repo, { "src/shared.js": `let a = 2;\n${lines(1, 20)}let b = 2;\n` }, "Raise b");
  git(repo, "mv", "src/old.js", "src/new.js");
  commitFiles(repo, {}, "Rename old to new");
  commitFiles(repo, { "docs/guide.md": "Read it.\n" }, "Write a guide");
  return repo;
}

test("a replayed history ends in the tree that git itself makes", () => {
  const repo = storyRepo();
  const before = git(repo, "for-each-ref");
  const { status, stdout, stderr } = replay(repo, "--tasks", "6", "--seed", "1");
  expect(`${stdout}${stderr}`).toContain("yes  the tree is the expected one");
  expect(stdout).not.toContain("NO ");
  expect(stdout).toContain("yes  every task landed (6 of 6)");
  expect(status).toBe(0);
  // The replay reads the repository, and leaves nothing in it.
  expect(git(repo, "for-each-ref")).toBe(before);
  expect(git(repo, "status", "--porcelain")).toBe("");
});

test("a replay that is not as expected says so, and is left to look at", () => {
  const { status, stdout } = replay(storyRepo(), "--tasks", "4", "--workers", "0");
  const [, left = ""] = /^left to look at: (.*)$/m.exec(stdout) ?? [];
  expect(existsSync(join(left, "run.ndjson"))).toBe(true);
  rmSync(left, { recursive: true });
  expect(stdout).toContain("NO   every task landed (0 of 4)");
  expect(stdout).toContain("NO   the tree is the expected one (TASKS.md, src/list.js,");
  expect(status).toBe(1);
});
