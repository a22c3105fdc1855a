import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asTaskId } from "../../src/ground/ids.ts";
import { footprintOf } from "../../src/plan/footprint.ts";
import type { PlanTask } from "../../src/plan/task.ts";
import { parseGlob } from "../../src/predict/paths/glob.ts";
import { indexPaths } from "../../src/predict/paths/path-index.ts";

const tree = [
  "README.md",
  "Makefile",
  "run",
  "package-lock.json",
  "TASKS.md",
  "src/auth/login.ts",
  "src/auth/tokens.ts",
  "src/api/index.ts",
  "src/db/index.ts",
  "src/ui/index.ts",
  "src/cli/index.ts",
  "app/[id]/page.tsx",
  "docs/my notes.md",
  "docs/auth.md",
];
const index = indexPaths(tree);
const soft = ["TASKS.md", "**/package-lock.json"].map(parseGlob);

function task(text: string, touches: readonly string[] = [], details = ""): PlanTask {
  const id = asTaskId("T1");
  return { id, text, details, touches, done: false, line: 1, headings: [], after: [], priority: 0 };
}
const paths = (text: string) =>
  footprintOf(task(text), index, soft)
    .map(({ path }) => path)
    .sort();

describe("paths mentioned in a task", () => {
  test.each([
    ["Fix src/auth/login.ts", ["src/auth/login.ts"]],
    ["Fix `./src/auth/login.ts:12:3`.", ["src/auth/login.ts"]],
    ["(see src/auth/login.ts), then docs/auth.md!", ["docs/auth.md", "src/auth/login.ts"]],
    ["[the notes](docs/auth.md#L3) matter", ["docs/auth.md"]],
    ['Sort "docs/my notes.md"', ["docs/my notes.md"]],
    ["src/auth/login.ts's error text", ["src/auth/login.ts"]],
    ["Fix **src/auth/login.ts** first", ["src/auth/login.ts"]],
    ["Move (group)/page.tsx and (src/auth/login.ts)", ["src/auth/login.ts"]],
    ["Split app/[id]/page.tsx", ["app/\\[id\\]/page.tsx"]],
    ["Tidy src/auth/ now", ["src/auth/**"]],
    ["Tidy src/auth, all of it", ["src/auth/**"]],
    ["Rename things in `docs`", ["docs/**"]],
    ["Rotate keys in tokens.ts", ["src/auth/tokens.ts"]],
    ["Every src/*/index.ts", ["src/*/index.ts"]],
    ["Write src/auth/rotate.ts", ["src/auth/rotate.ts"]],
    ["New `src/billing/` with src/billing/tax.ts", ["src/billing/**", "src/billing/tax.ts"]],
    ["Fix the Makefile and CHANGELOG.md", ["CHANGELOG.md", "Makefile"]],
    ["Fix src/api/index.ts,src/db/index.ts", ["src/api/index.ts", "src/db/index.ts"]],
  ])("%s", (text, expected) => {
    expect(paths(text)).toEqual(expected);
  });

  test.each([
    "See https://example.com/src/auth/login.ts and www.example.org/docs/auth.md",
    "Support Node.js and/or Deno, e.g. with read/write locks",
    "run the docs and the app",
    "Improve every index.ts",
    "Mail foo@example.com about 1.2.3",
    "Never ../outside/x.ts nor /etc/passwd",
    "use @scope/package",
    "",
  ])("none in: %s", (text) => {
    expect(paths(text)).toEqual([]);
  });

  test("details count as well, and no text makes the reading throw", () => {
    expect(footprintOf(task("Rotate", [], "in docs/auth.md"), index, soft)).toHaveLength(1);
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => void paths(text)),
    );
  });

  test("a mention is never surer than a declaration", () => {
    const [mentioned] = footprintOf(task("Fix src/auth/login.ts"), index, soft);
    expect(mentioned).toMatchObject({ source: "mentioned", soft: false });
    expect(mentioned?.confidence).toBeLessThan(1);
  });
});

describe("declared paths", () => {
  test.each([
    ["src/auth", "src/auth/**"],
    ["src/auth/", "src/auth/**"],
    ["./src/auth/**", "src/auth/**"],
    ["app/[id]/page.tsx", "app/\\[id\\]/page.tsx"],
    ["src/new.ts", "src/new.ts"],
    ["src/new", "src/new/**"],
    ["run", "run"],
    ["src/{a,b}/*.ts", "src/{a,b}/*.ts"],
  ])("%s means %s", (written, expected) => {
    expect(footprintOf(task("See README.md", [written]), index, soft)).toEqual([
      { path: expected, source: "declared", confidence: 1, soft: false },
    ]);
  });

  test.each([
    ["TASKS.md", true],
    ["package-lock.json", true],
    ["packages/*/package-lock.json", true],
    ["packages/**", false],
  ])("%s is soft: %s", (written, expected) => {
    const [entry] = footprintOf(task("x", [written]), index, soft);
    expect(entry?.soft).toBe(expected);
  });
});
