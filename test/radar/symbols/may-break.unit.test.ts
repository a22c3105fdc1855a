import fc from "fast-check";
import { expect, test } from "vitest";
import { definitionOn, stillFits } from "../../../src/radar/symbols/definitions.ts";
import { isBreakLikely, suspicionsOf } from "../../../src/radar/symbols/may-break.ts";
import { type FilePatch, parsePatches } from "../../../src/radar/symbols/patch.ts";
import { tracesOf } from "../../../src/radar/symbols/traces.ts";

const patch = (
  path: string,
  { removed = [], added = [] }: { removed?: readonly string[]; added?: readonly string[] },
): FilePatch => ({
  ...{ before: path, after: path, removed },
  added: added.map((text, at) => ({ line: at + 1, text })),
});

/** Lists the suspicions between two patches, as `how name path`. */
const between = (one: FilePatch, other: FilePatch): readonly string[] =>
  suspicionsOf(tracesOf([one]), tracesOf([other])).map(
    ({ gone, spot }) => `${gone.how} ${gone.name} ${spot.path}`,
  );

test.each([
  ["export async function load(path, { deep = true }) {", "load", "path, { deep = true }"],
  ["    def store(self, key: str) -> None:", "store", "self, key: str"],
  ["func (s *Server) Handle(w http.ResponseWriter) error {", "Handle", "w http.ResponseWriter"],
  ["pub(crate) fn read_all<R>(from: R) -> u8 {", "read_all", "from: R"],
  ["export const parse = (text: string): Tree => {", "parse", "text: string"],
  ["const limit = compute(3);", "limit", undefined],
  ["class Worker extends Base {", "Worker", undefined],
  ["exports.start = function (port) {", "start", "port"],
  ["static int count_lines(const char *text) {", "count_lines", "const char *text"],
  ["  protected abstract reload(): void {", "reload", ""],
])("%s defines %s", (line, name, parameters) => {
  expect(definitionOn(line)).toMatchObject({ name });
  expect(definitionOn(line)?.parameters).toBe(parameters);
});

test.each([
  "if (ready) {",
  "  const local = 1;",
  "return make(it) {",
  "} else if (x) {",
  "// function old() {",
])("%s defines nothing that others see", (line) => {
  expect(definitionOn(line)).toBeUndefined();
});

test("calls still fit when the additional parameters may be left out", () => {
  expect(stillFits("a, b", "a, b, c = 1, ...rest")).toBe(true);
  expect(stillFits("a, b = 1", "a, b = 2")).toBe(true);
  expect(stillFits("a", "a, b")).toBe(false);
  expect(stillFits("a, b", "b, a")).toBe(false);
  expect(stillFits("f: (x, y) => void, b", "f: (x, y) => void, b")).toBe(true);
});

test("a name that one side removes is suspected where a new line of the other uses it", () => {
  const uses = patch("src/b.ts", { added: ["const all = loadAll(3);"] });
  const gone = patch("src/a.ts", { removed: ["export function loadAll(n) {"] });
  expect(between(gone, uses)).toEqual(["removed loadAll src/b.ts"]);
  const renamed = { ...gone, added: [{ line: 1, text: "export function readAll(n) {" }] };
  expect(between(renamed, uses)).toEqual(["renamed loadAll src/b.ts"]);
  const wider = { ...gone, added: [{ line: 1, text: "export function loadAll(n, depth) {" }] };
  expect(between(wider, uses)).toEqual(["changed loadAll src/b.ts"]);
  const kinder = { ...gone, added: [{ line: 1, text: "export function loadAll(n, depth = 1) {" }] };
  expect(between(kinder, uses)).toEqual([]);
  expect(between(gone, patch("b.md", { added: ["loadAll is explained"] }))).toEqual([]);
  expect(between(gone, patch("b.py", { added: ["loadAll(3)"] }))).toEqual([]);
  const own = patch("src/b.ts", { added: ["function loadAll() {", "loadAll();"] });
  expect(between(gone, own)).toEqual([]);
});

test("removed files and commands are suspected where others mention them", () => {
  const removed: FilePatch = {
    before: "src/old/list.ts",
    after: undefined,
    removed: [],
    added: [],
  };
  expect(between(removed, patch("src/new.ts", { added: ['import "./old/list.ts";'] }))).toEqual([
    "removed src/old/list.ts src/new.ts",
  ]);
  const moved = { ...removed, after: "src/list.ts" };
  expect(between(moved, patch("docs/a.md", { added: ["see `src/old/list.ts`"] }))).toHaveLength(1);
  expect(between(moved, patch("docs/a.md", { added: ["a list of old things"] }))).toEqual([]);
  const script = patch("package.json", { removed: ['    "lint": "eslint .",'] });
  expect(between(script, patch("ci.yml", { added: ["- run: npm run lint"] }))).toHaveLength(1);
  expect(between(script, patch("ci.yml", { added: ["- run: npm run linting"] }))).toEqual([]);
  const flag = patch("src/cli.ts", { removed: ['  option("--dry-run <n>", "try"),'] });
  expect(between(flag, patch("run.sh", { added: ["tool --dry-run 3"] }))).toHaveLength(1);
});

test("a folder that is moved whole takes both ends of its inner mentions along", () => {
  const moved = (before: string, after: string): FilePatch => ({
    ...{ before, after, removed: [], added: [] },
  });
  const uses = patch("src/use.ts", { added: ['import { load } from "./api.ts";'] });
  const against = (...moves: readonly FilePatch[]): readonly string[] =>
    suspicionsOf(tracesOf(moves), tracesOf([uses])).map(({ gone }) => gone.name);
  const api = moved("src/api.ts", "lib/api.ts");
  expect(against(api)).toEqual(["src/api.ts"]);
  expect(against(api, moved("src/use.ts", "lib/use.ts"))).toEqual([]);
  expect(against(api, moved("src/use.ts", "other/use.ts"))).toEqual(["src/api.ts"]);
});

test("the files tell whether a likeness of words is a use", () => {
  const gone = patch("src/list.ts", { removed: ["export function loadAll() {"] });
  const uses = patch("src/b.ts", { added: ["loadAll();"] });
  const [one] = suspicionsOf(tracesOf([gone]), tracesOf([uses]));
  if (one === undefined) throw new Error("it is not suspected");
  const using = 'import { loadAll } from "./list.ts";\nloadAll();\n';
  expect(isBreakLikely(one, { using, defining: "" })).toBe(true);
  expect(isBreakLikely(one, { using: "loadAll();\n", defining: "" })).toBe(false);
  expect(isBreakLikely(one, { using: `${using}function loadAll() {\n`, defining: "" })).toBe(false);
  expect(isBreakLikely(one, { using, defining: "function loadAll() {\n" })).toBe(false);
});

test("the reader takes git's output for many patches, and never fails on anything else", () => {
  const [a, b, c] = ["a", "b", "c"].map((digit) => digit.repeat(40));
  const output = [
    `${a} ${b}`,
    "diff --git a/x y.ts b/x y.ts",
    "index 1..2 100644",
    "--- a/x y.ts",
    "+++ b/x y.ts",
    "@@ -3 +3,2 @@ context",
    "--- an SQL comment",
    "+++ more",
    `+${a} ${c}`,
    "diff --git a/old.ts b/new.ts",
    "similarity index 100%",
    "rename from old.ts",
    "rename to new.ts",
    `${a} ${c}`,
    "diff --git a/gone b/gone",
    "deleted file mode 100644",
    'diff --git "a/a \\"b\\t\\303\\251" "b/a \\"b\\t\\303\\251"',
    "@@ -1 +1 @@",
    "-one",
    "\\ No newline at end of file",
    "+two",
    "\\ No newline at end of file",
    "",
  ].join("\n");
  const found = parsePatches(output);
  expect(found.get(b ?? "")).toEqual([
    {
      ...{ before: "x y.ts", after: "x y.ts", removed: ["-- an SQL comment"] },
      ...{
        added: [
          { line: 3, text: "++ more" },
          { line: 4, text: `${a} ${c}` },
        ],
      },
    },
    expect.objectContaining({ before: "old.ts", after: "new.ts" }),
  ]);
  expect(found.get(c ?? "")).toMatchObject([
    { before: "gone", after: undefined },
    { after: 'a "b\té', removed: ["one"], added: [{ line: 1, text: "two" }] },
  ]);
  fc.assert(fc.property(fc.string(), (text) => void parsePatches(text)));
  fc.assert(fc.property(fc.string(), (text) => void definitionOn(text)));
});
