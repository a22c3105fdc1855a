import { expect, test } from "vitest";
import { asBranchName, asRepoPath, parseSha, parseTrackName } from "../../src/ground/ids.ts";
import {
  parseDifferences,
  parseHunks,
  parseMerges,
  pathOfFile,
} from "../../src/radar/merge-output.ts";
import {
  conflictsOf,
  formatForeignPaths,
  formatSoftNotice,
  overlapsOf,
} from "../../src/radar/overlap.ts";
import { pairsThatMayMeet, reachOf } from "../../src/radar/reach.ts";
import type { Scan, SubjectSeen } from "../../src/radar/scan.ts";
import type { Break } from "../../src/radar/symbols/may-break.ts";
import { formatRadar } from "../../src/watch/radar.ts";

const sha = (digit: string) => parseSha(digit.repeat(40));

const seen = (name: string, ...changed: readonly string[]): SubjectSeen => ({
  subject: { name, kind: "track", branch: undefined, worktree: undefined, head: undefined },
  state: "clean",
  head: sha("1"),
  dirty: false,
  large: [],
  changed: changed.map(asRepoPath),
  uncommitted: [],
  paths: [],
});

const path = (name: string, soft = false) => ({
  path: asRepoPath(name),
  soft,
  hunks: [{ line: 3, ours: ["a"], theirs: ["b"] }],
});

const scan: Scan = {
  target: asBranchName("main"),
  tip: sha("2"),
  seen: [
    seen("auth", "x", "y"),
    seen("billing", "x", "log"),
    seen("search", "log", "tab\tname"),
    { subject: seen("lost").subject, state: "unknown", why: "\x1b[2Jno \x07index" },
  ],
  meetings: [
    { names: ["auth", "billing"], paths: [path("x"), path("log", true)] },
    { names: ["billing", "search"], paths: [path("log", true)] },
    { names: ["auth", "search"], paths: [], why: "git broke off" },
  ],
  breaks: [],
};

test("the matrix shows which lines of work conflict, and no foreign control byte gets through", () => {
  expect(formatRadar(scan, { width: 80, color: false })).toEqual([
    "   NAME     WITH MAIN   1 2 3 4",
    "1  auth     clean       · 2 ? ?",
    "2  billing  clean       2 · ~ ?",
    "3  search   clean       ? ~ · ?",
    "4  lost     unknown     ? ? ? ·",
    "",
    "lost: cannot be told, \\x1b[2Jno \\x07index",
    "auth and billing",
    "  x  line 3",
    "  log  line 3  (soft: the landing settles it)",
    "billing and search",
    "  log  line 3  (soft: the landing settles it)",
    "auth and search",
    "  cannot be told, git broke off",
  ]);
});

test("rivals, of which only one is to land, are no conflict of each other", () => {
  const rows = formatRadar({ ...scan, meetings: [] }, { width: 80, color: false }, [
    ["auth", "billing"],
  ]);
  expect(rows.slice(1, 3)).toEqual([
    "1  auth     clean       · r - ?",
    "2  billing  clean       r · - ?",
  ]);
});

test("lines of work with conflicts get the columns where there is no room for all, or none does", () => {
  const quiet = Array.from({ length: 20 }, (_, at) => seen(`quiet-${at}`));
  const heads = (width: number): string | undefined =>
    formatRadar({ ...scan, seen: [...scan.seen, ...quiet] }, { width, color: false })[0];
  expect(heads(120)).toMatch(/ 22 23 24$/);
  expect(heads(80)).toBe("    NAME      WITH MAIN    1  2  3");
  expect(heads(30)).toBe("    NAME      WITH MAIN  ");
});

test("a line that is too long goes on below", () => {
  const lost = { ...scan, seen: scan.seen.slice(3), meetings: [] };
  expect(formatRadar(lost, { width: 24, color: false }).slice(-2)).toEqual([
    "lost: cannot be told,",
    "  \\x1b[2Jno \\x07index",
  ]);
});

test("only hard conflicts are reported", () => {
  expect(overlapsOf(scan)).toEqual([{ tracks: ["auth", "billing"], paths: ["x"] }]);
  expect(conflictsOf(overlapsOf(scan), "billing")).toEqual([{ track: "auth", paths: ["x"] }]);
  expect(conflictsOf(overlapsOf(scan), "search")).toEqual([]);
});

test("the foreign paths are listed, a path a line", () => {
  expect(formatForeignPaths(scan, ["auth"])).toBe(
    'log\tbilling,search\n"tab\\tname"\tsearch\nx\tbilling\n',
  );
});

test("the reader takes the output of git 2.39 for many merges, and gives paths their own names", () => {
  const [a, b] = [sha("a"), sha("b")];
  const entry = (stage: number, path: string): string => `100644 ${a} ${stage}\t${path}\0`;
  const side = { mode: "100644", sha: a };
  const files = `${entry(1, "new/extra")}${entry(2, "new/extra")}${entry(3, `node~${b}`)}`;
  expect(parseMerges(`0\0${a}\0${files}\0` + `1\0${b}\0\0`)).toEqual([
    {
      ...{ tree: a, clean: false },
      files: new Map([
        ["new/extra", { base: side, target: side, track: undefined }],
        [`node~${b}`, { base: undefined, target: undefined, track: side }],
      ]),
    },
    { tree: b, clean: true, files: new Map() },
  ]);
  expect(pathOfFile(`node~${b}`)).toBe("node");
  expect(pathOfFile(`node~${b}_0`)).toBe("node");
  expect(pathOfFile("backup~")).toBe("backup~");
});

test("the reader takes the differences of many trees, also where a tree has none", () => {
  const [from, same, other] = [sha("a"), sha("b"), sha("c")];
  const line = (before: string, after: string): string => `:${before} ${after} x y Z`;
  const output = [
    `${from} ${same}\n${from} ${other}\n${line("040000", "000000")}`,
    "gone",
    line("100644", "000000"),
    "gone/file",
    line("040000", "040000"),
    "kept",
    line("100644", "100644"),
    "kept/file\nwith a line break",
    "",
  ].join("\0");
  expect(parseDifferences(output)).toEqual(
    new Map([
      [same, { changed: [], emptied: [] }],
      [other, { changed: ["gone/file", "kept/file\nwith a line break"], emptied: ["gone"] }],
    ]),
  );
});

test("hunks are counted in the lines of the first version", () => {
  const text =
    "1\n<<<<<<< a\n2\n3\n=======\nzwei\n>>>>>>> b\n4\n<<<<<<< a\n=======\n5\n>>>>>>> b\n";
  expect(parseHunks(text)).toEqual([
    { line: 2, ours: ["2", "3"], theirs: ["zwei"] },
    { line: 5, ours: [], theirs: ["5"] },
  ]);
  expect(parseHunks("no\nconflict\n")).toEqual([]);
});

test.each([
  ["the same path", ["a"], [], ["a"], true],
  ["a file and what is below it", ["node"], [], ["node/deep/x"], true],
  ["something new in a folder that is moved away", ["old/f"], ["old"], ["old/new"], true],
  ["names that only begin alike", ["node"], ["old"], ["nodes/x", "older/x"], false],
  ["neighbours in a folder", ["a/b"], [], ["a/c"], false],
] as const)("%s", (_, changed, emptied, other, may) => {
  const pairs = pairsThatMayMeet([reachOf(changed, emptied), reachOf(other, [])]);
  expect(pairs).toEqual(may ? [[0, 1]] : []);
  expect(pairsThatMayMeet([reachOf(other, []), reachOf(changed, emptied)])).toEqual(pairs);
});

test("a likely break is reported more softly, with both sides' share", () => {
  const broken: Break = {
    ...{
      what: "name",
      how: "renamed",
      name: "load",
      to: "loadAll",
      by: "auth",
      from: asRepoPath("a.ts"),
    },
    ...{ user: "search", path: asRepoPath("s.ts"), line: 7 },
  };
  const breaks = [{ names: ["auth", "search"] as const, breaks: [broken] }];
  const soft = { ...scan, meetings: [], breaks };
  const drawn = formatRadar(soft, { width: 80, color: false });
  expect(drawn[1]).toBe("1  auth     clean       · - b ?");
  expect(drawn.slice(-2)).toEqual([
    "auth and search merge, and may break each other",
    "  auth: load (in a.ts) is renamed, now loadAll; s.ts:7 uses it",
  ]);
  const other = {
    ...{ name: parseTrackName("auth"), branch: asBranchName("work/auth") },
    ...{ tasks: [], prompt: "Load all\nof them" },
  };
  const told = formatSoftNotice({ breaks: [broken], reader: parseTrackName("search"), other });
  expect(told).toMatch(/^## May break: auth\n[\s\S]*Its work: Load all ⏎ of them\./);
  expect(told).toContain("What auth changes, and you use:\n- load (in a.ts)");
  expect(overlapsOf(soft)).toEqual([]);
});
