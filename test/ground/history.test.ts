import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findBeyond } from "../../src/ground/git/beyond.ts";
import { changesBetween, compareEach } from "../../src/ground/git/changes.ts";
import { treeOf } from "../../src/ground/git/refs.ts";
import { parseSha, type Sha } from "../../src/ground/ids.ts";
import { commitFiles, git, gitRepo, groundOf } from "../support/repo.ts";

/**
 * Makes branches that begin at one place, at another branch, that merge, and that have no commits
 * of their own.
 */
async function scene() {
  const top = gitRepo({ "a.txt": "a\n", "b/c.txt": "c\n", "d e.txt": "d\n" });
  const begin = git(top, "rev-parse", "HEAD");
  const on = (branch: string, from: string, files: Readonly<Record<string, string>>): string => {
    git(top, "switch", "--quiet", "--create", branch, from);
    return commitFiles(top, files, branch);
  };
  const one = on("one", begin, { "a.txt": "one\n", "ü/new\tname.txt": "new\n" });
  const two = on("two", one, { b2: "two\n" });
  git(top, "mv", "a.txt", "moved.txt");
  const moved = commitFiles(top, {}, "moved");
  rmSync(join(top, "b"), { recursive: true });
  const gone = commitFiles(top, { b: "a file now\n" }, "gone");
  git(top, "switch", "--quiet", "main");
  const main = commitFiles(top, { "main.txt": "main\n" }, "main");
  const side = on("side", begin, { side: "side\n" });
  git(top, "merge", "--quiet", "--no-edit", "main");
  const merged = commitFiles(top, { side: "more\n" }, "after the merge");
  const all = [begin, one, two, moved, gone, main, side, merged].map(parseSha);
  return { git: (await groundOf(top)).git, all };
}

test("ranges compared at once equal each range compared by itself, in their order", async () => {
  const { git: door, all } = await scene();
  const ranges = all.flatMap((from) => all.map((to) => ({ from, to })));
  const found = await compareEach(door, ranges);
  expect(found).toHaveLength(ranges.length);
  for (const [at, { from, to }] of ranges.entries()) {
    expect(found[at]?.changes).toEqual(await changesBetween(door, from, to));
    expect(found[at]?.tree).toBe(await treeOf(door, to));
  }
  expect(await compareEach(door, [])).toEqual([]);
});

test("the commits of several tips beyond others, asked at once, are those that git lists for each", async () => {
  const { git: door, all } = await scene();
  for (const other of all) {
    const found = await findBeyond(door, all, [other]);
    for (const tip of all) {
      const args = ["rev-list", "--parents", "--boundary", tip, "--not", other];
      const lines = (await door.text(args)).split("\n").filter((line) => line !== "");
      const own = lines.filter((line) => !line.startsWith("-"));
      const shas = (some: readonly string[]): ReadonlySet<Sha> =>
        new Set(some.map((line) => parseSha(line.split(" ")[0] ?? "")));
      expect(found.get(tip)?.commits).toEqual(shas(own));
      expect(found.get(tip)?.merges).toBe(own.some((line) => line.split(" ").length > 2));
      // A tip without commits of its own stands on itself.
      const outside = lines.filter((line) => line.startsWith("-")).map((line) => line.slice(1));
      const bases = own.length === 0 ? new Set([tip]) : shas(outside);
      expect(found.get(tip)?.bases).toEqual(bases);
    }
  }
});

test("a missing commit is an error, not an empty answer", async () => {
  const { git: door, all } = await scene();
  const none = parseSha("1".repeat(40));
  await expect(findBeyond(door, [none], all.slice(0, 1))).rejects.toThrow(/rev-list/);
});
