import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const rows = read("docs/hostile.md")
  .split("\n")
  .filter((line) => line.startsWith("| ") && line.includes("](../test/"))
  .map((line) => {
    const [, input = "", outcome = "", where = ""] = line.split(/ ?\| ?/);
    const [, file = ""] = /\]\(\.\.\/(.*?)\)/.exec(where) ?? [];
    return { name: `${input}: ${outcome}`, file, quoted: /“(.*)”/.exec(where)?.[1] };
  });

test("the table of hostile input has a row for each of its tests, and a test for each row", () => {
  const named = globSync("test/hostile/*.test.ts", { cwd: root }).flatMap((file) =>
    [
      ...read(file).matchAll(/^test\(\s*"(.*?)",$/gm),
      ...read(file).matchAll(/^test\("(.*?)", /gm),
    ].map(([, name]) => ({ name, file })),
  );
  const own = rows.filter(({ quoted }) => quoted === undefined);
  const sorted = (list: readonly { name: string | undefined; file: string }[]) =>
    list.map(({ name, file }) => `${file}: ${name}`).toSorted();
  expect(sorted(own)).toEqual(sorted(named));
  for (const { file, quoted } of rows) {
    if (quoted !== undefined) expect(read(file)).toContain(quoted);
  }
});
