import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compareFailures, shrunk } from "../../../../src/land/gate/failures/compare.ts";
import { findFailures } from "../../../../src/land/gate/failures/find-failures.ts";
import { findMissing } from "../../../../src/land/gate/failures/missing.ts";

const printed = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../../fixtures/gates", name), "utf8");

const idsIn = (output: string): readonly string[] =>
  findFailures(output).failures.map(({ id }) => id);

const fixtures: readonly (readonly [file: string, ids: readonly string[]])[] = [
  [
    "pytest.txt",
    [
      "pytest: test_a.py::test_x",
      "pytest: test_a.py::TestC::test_m",
      "pytest: test_a.py::test_p[a - b]",
      "pytest: test_b.py",
      "pytest: test_a.py::test_f",
    ],
  ],
  [
    "unittest.txt",
    ["unittest: test_e (__main__.A.test_e)", "unittest: test_x (__main__.A.test_x)"],
  ],
  [
    "vitest.txt",
    [
      "vitest: b.test.js [ b.test.js ]",
      "vitest: a.test.js > suite > adds",
      "vitest: a.test.js > top",
      "vitest: unhandled: Error: unh",
    ],
  ],
  [
    "vitest-tap.txt",
    [
      "tap: a.test.js",
      "tap: a.test.js > suite",
      "tap: a.test.js > suite > adds",
      "tap: a.test.js > top",
      "tap: b.test.js",
    ],
  ],
  [
    "jest.txt",
    ["jest: src/add.test.js › suite › adds", "jest: src/broken.test.js › Test suite failed to run"],
  ],
  ["node.txt", ["node: n/x.test.mjs > adds", "node: n/x.test.mjs > child"]],
  ["node-tap.txt", ["tap: s > adds", "tap: s", "tap: parent > child", "tap: parent"]],
  [
    "cargo.txt",
    [
      "cargo: src/lib.rs tests::c",
      "cargo: src/lib.rs tests::d",
      "cargo: src/lib.rs tests::a",
      "cargo: tests/it.rs it",
      "cargo: doc cr src/lib.rs - x",
    ],
  ],
  ["nextest.txt", ["cargo: cr tests::a", "cargo: cr::it it"]],
  [
    "go.txt",
    [
      "go: example.com/m/add TestAdd",
      "go: example.com/m/add TestTable",
      "go: example.com/m/add TestTable/negative",
      "go: example.com/m/broken [build failed]",
      "go: example.com/m/dies TestDies",
      "go: example.com/m/dies died",
    ],
  ],
  ["go-json.txt", ["go: example.com/m/add TestAdd"]],
  [
    "junit.xml",
    [
      "junit: a.test.js > suite > adds",
      "junit: a.test.js > top",
      "junit: b.test.js > b.test.js",
      "junit: vitest unhandled errors > Unhandled Rejection: unh",
    ],
  ],
];

test.each(fixtures)("failures in %s are told by the names of tests, and in full", (file, ids) => {
  const found = findFailures(printed(file));
  expect(found.failures.map(({ id }) => id)).toEqual(ids);
  expect(found.isComplete).toBe(true);
});

test("the first lines of a failure are its cause, and not the end of the output", () => {
  const first = (file: string) => findFailures(printed(file)).failures[0]?.lines;
  expect(first("vitest.txt")?.slice(0, 2)).toEqual([
    "FAIL  b.test.js [ b.test.js ]",
    "Error: Cannot find module './nothing.js' imported from /home/user/project/b.test.js",
  ]);
  expect(first("go.txt")?.slice(0, 2)).toEqual([
    "--- FAIL: TestAdd (0.00s)",
    "    add_test.go:8: got 3, want 4",
  ]);
  expect(first("pytest.txt")).toContain("E   assert 1 == 2");
});

test.each([
  [
    "a count that says more than was named",
    "=== short test summary info ===\nFAILED a.py::x\n=== 2 failed in 0.1s ===",
  ],
  ["an end that never came", "TAP version 13\n1..3\nnot ok 1 - a\nok 2 - b\n"],
  ["a run that gave up", "TAP version 13\n1..1\nnot ok 1 - a\nBail out! no database\n"],
  [
    "a run that stopped at its first failure",
    "FAILED a.py::x\n!!!!! stopping after 1 failures !!!!!\n=== 1 failed in 0.1s ===",
  ],
  ["two of one name", "1..2\nnot ok 1 - a\nnot ok 2 - a\n"],
  [
    "XML that is cut off",
    '<testsuites><testsuite name="s"><testcase name="a"><failure/></testcase>',
  ],
  [
    "a count without any name",
    "Test Files  1 failed (1)\n     Tests  2 failed (2)\nerror: unlucky",
  ],
  ["nothing at all", ""],
])("an output that does not tell everything excuses nothing: %s", (_, output) => {
  const found = findFailures(output);
  const ids = found.failures.map(({ id }) => id);
  expect(compareFailures(ids, found).isExcused).toBe(false);
});

test("lines that speak of a failure are compared when no runner is known", () => {
  const at = (line: number, ms: number) =>
    `checking 12 files\nsrc/a.ts(${line},3): error TS2322: Type 'A' is wrong\nFound 1 error in ${ms}ms\n`;
  expect(idsIn(at(7, 120))).toEqual(idsIn(at(9, 431)));
  const twice = `${at(7, 1)}src/a.ts(11,3): error TS2322: Type 'A' is wrong\n`;
  const { fresh, isExcused } = compareFailures(idsIn(at(7, 1)), findFailures(twice));
  expect(fresh).toHaveLength(1);
  expect(isExcused).toBe(false);
  expect(idsIn("a.c:1: error: x1\n")).not.toEqual(idsIn("a.c:1: error: x2\n"));
  expect(idsIn("0 errors, 0 failures\nall is well\nerror: one\n")).toEqual(["error: one"]);
});

test("XML is taken apart without touching anything quoted in it", () => {
  const xml = `<?xml version="1.0"?><!-- <testcase name="no"><failure/></testcase> -->
<testsuite name="s" failures="1" errors="0"><testcase classname="c" name="a &gt; b"><failure message="x &#39;y&#39;">
<![CDATA[</failure><testcase name="fake"><failure/>]]></failure></testcase></testsuite>`;
  expect(findFailures(xml)).toMatchObject({
    isComplete: true,
    failures: [{ id: "junit: c > a > b" }],
  });
});

const missing: readonly (readonly [
  command: string,
  output: string,
  code: number,
  name: string | undefined,
])[] = [
  ["pnpm test", "sh: 1: pnpm: not found\n", 127, "pnpm"],
  ["pnpm test", "sh: line 1: pnpm: command not found\n", 127, "pnpm"],
  ["./x", "/usr/bin/env: ‘python9’: No such file or directory\n", 127, "python9"],
  [
    "make test",
    "make: pnpm: No such file or directory\nmake: *** [Makefile:2: test] Error 127\n",
    2,
    "pnpm",
  ],
  ["npm test", "> x@1.0.0 test\n> vitest run\n\nsh: 1: vitest: not found\n", 127, "vitest"],
  ["python3 -m pytest", "/usr/bin/python3: No module named pytest\n", 1, "pytest"],
  ["cargo nextest run", "error: no such command: `nextest`\n", 101, "nextest"],
  ["tool --check", "", 127, "tool"],
  ["bash check.sh", "bash: check.sh: No such file or directory\n", 127, undefined],
  ["./check.sh", "sh: 1: ./check.sh: not found\n", 127, undefined],
  ["npm test", "FAIL a.test.ts\nError: not found\n", 1, undefined],
];

test.each(missing)("the missing program of %j is named, from %j", (command, output, code, name) => {
  expect(findMissing(command, output, code)).toBe(name);
});

test("the allowance only ever shrinks", () => {
  const ids = fc.array(fc.constantFrom<string>("a", "b", "c", "d"));
  fc.assert(
    fc.property(fc.array(ids, { minLength: 1 }), (tips) => {
      let allowance: readonly string[] | undefined;
      const gone = new Set<string>();
      for (const failing of tips) {
        for (const id of allowance ?? []) if (!failing.includes(id)) gone.add(id);
        const next = shrunk(allowance, failing);
        expect(next.every((id) => failing.includes(id) && !gone.has(id))).toBe(true);
        if (allowance !== undefined) expect(allowance).toEqual(expect.arrayContaining([...next]));
        allowance = next;
      }
    }),
  );
});

const words = [
  "--- FAIL: ",
  "FAIL\t",
  "not ok ",
  "1..",
  "<testcase",
  "<failure ",
  "<![CDATA[",
  "]]>",
  "=== 1 failed in 1s",
  "test x ... FAILED",
  "test result: FAILED. 1 passed; ",
  "● ",
  " FAIL  ",
  '{"Action":"fail"',
  "# Subtest: ",
  "    ",
  "\n",
  "\x1b[31m",
  "error",
  "\0",
  "ℹ fail 2",
  "✖ failing tests:",
  "&#x110000;",
  '"',
];

test("no output makes the readers throw, and equal outputs give equal failures", () => {
  const output = fc.array(fc.oneof(fc.constantFrom(...words), fc.string()), { maxLength: 60 });
  fc.assert(
    fc.property(output, (parts) => {
      const text = parts.join("");
      expect(findFailures(text)).toEqual(findFailures(text));
      findMissing(text, text, 1);
    }),
    { numRuns: 500 },
  );
});

test("long and hostile outputs are read in little time", () => {
  for (const part of [
    " ",
    "[",
    "not ok ",
    "1 failed, ",
    "<a ",
    "a:1:",
    "FAILED a - [",
    "=",
    "✖ (",
  ]) {
    const begun = performance.now();
    findFailures(`${part.repeat(200_000)}\n${`${part.repeat(40)}\n`.repeat(2_000)}`);
    expect(performance.now() - begun).toBeLessThan(3_000);
  }
});
