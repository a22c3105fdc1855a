import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generatedDocs } from "../../scripts/generated-docs.ts";

const root = join(import.meta.dirname, "../..");

test("the generated pages are those of the code; `npm run docs` writes them", async () => {
  const docs = await generatedDocs();
  const stale = [...docs].filter(([path, text]) => {
    const file = join(root, path);
    return !existsSync(file) || readFileSync(file, "utf8") !== text;
  });
  expect(stale.map(([path]) => path)).toEqual([]);
  const pages = globSync("docs/commands/*.md", { cwd: root }).sort();
  expect(pages).toEqual(
    [...docs.keys()].filter((path) => path.startsWith("docs/commands/")).sort(),
  );
});
