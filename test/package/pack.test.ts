import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratch } from "../support/scratch.ts";

const root = join(import.meta.dirname, "../..");

test("what is packed holds the program, the demo and nothing else", () => {
  const npm = ["pack", "--json", "--ignore-scripts", "--pack-destination", scratch()];
  const answer = execFileSync("npm", npm, { cwd: root, encoding: "utf8", stdio: "pipe" });
  const [packed] = JSON.parse(answer) as readonly [{ files: readonly { path: string }[] }];
  const paths = packed.files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      "bin/pleach.js",
      "demo/TASKS.md",
      "demo/pleach.toml",
      "demo/project/package-lock.json",
      "demo/project/src/cli.js",
      "dist/main.js",
      "package.json",
    ]),
  );
  const known = /^(?:bin|demo|dist)\/|^(?:CHANGELOG|README)\.md$|^LICENSE$|^package\.json$/;
  expect(paths.filter((path) => !known.test(path))).toEqual([]);
});
