import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../support/places.ts";
import { scratch } from "../support/scratch.ts";

test("the package holds the program, the demo and nothing else", () => {
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

test("the shipped files import nothing but Node's own modules and the package's dependencies", () => {
  const dist = join(root, "dist");
  const files = readdirSync(dist).filter((name) => name.endsWith(".js"));
  const text = files.map((name) => readFileSync(join(dist, name), "utf8")).join("\n");
  const form = /^import .*"([^"]+)";$|import\("([^"]+)"\)|createRequire\d*\([^)]*\)\("([^"]+)"\)/gm;
  const named = [...text.matchAll(form)]
    .map(([, first, second, third]) => first ?? second ?? third ?? "")
    .filter((from) => !/^(?:node:|\.)/.test(from));
  const manifest = readFileSync(join(root, "package.json"), "utf8");
  const { dependencies } = JSON.parse(manifest) as { readonly dependencies: object };
  expect([...new Set(named)].sort()).toEqual(Object.keys(dependencies).sort());
});

test("the licences of the bundled libraries are shipped with the bundle", () => {
  const texts = readFileSync(join(root, "dist/licences.txt"), "utf8").split("\n---\n\n");
  const names = texts.map((text) => text.split("\n")[0]);
  expect(names).toEqual(["commander", "get-east-asian-width", "picomatch", "smol-toml", "zod"]);
  for (const text of texts) expect(text).toContain("Copyright");
});
