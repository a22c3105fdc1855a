import { expect, test } from "vitest";
import { entriesFor, parseGuardEntry } from "../../../src/land/guard/entry.ts";
import { gateReads } from "../../../src/land/guard/gate-reads.ts";
import { isPartChanged } from "../../../src/land/guard/part.ts";

const manifest = (scripts: object, more: object = {}): string =>
  JSON.stringify({ scripts, ...more });
const reading = (files: Readonly<Record<string, string>>) => (name: string) => files[name];

test.each([
  ["package.json#scripts", { pattern: "package.json", part: "scripts" }],
  ["pyproject.toml#tool.pytest", { pattern: "pyproject.toml", part: "tool.pytest" }],
  ["Makefile#test", { pattern: "Makefile", part: "test" }],
  ["notes#1", { pattern: "notes#1", part: undefined }],
  [".github/**", { pattern: ".github/**", part: undefined }],
])("an entry %s is read as a pattern and a part of a file that has parts", (text, entry) => {
  expect(parseGuardEntry(text)).toEqual(entry);
});

test("an entry matches a path in any case, and the folder that it names", () => {
  const entries = ["pleach.toml", ".github/**"].map(parseGuardEntry);
  expect(entriesFor(entries, "Pleach.toml")).toHaveLength(1);
  expect(entriesFor(entries, ".github")).toHaveLength(1);
  expect(entriesFor(entries, "src/pleach.toml")).toHaveLength(0);
});

const makefile = `CC = cc
.PHONY: test lint
test: build
\tnode test.js
build:
\techo build
lint:
\techo lint
`;

test.each<[string, string, string, string | undefined, string | undefined, boolean]>([
  [
    "a dependency added",
    ...(["package.json", "scripts"] as const),
    ...[manifest({ test: "vitest" }), manifest({ test: "vitest" }, { dependencies: { a: "1" } })],
    false,
  ] as [string, string, string, string, string, boolean],
  [
    "another test script",
    "package.json",
    "scripts",
    manifest({ test: "node t" }),
    manifest({ test: "true" }),
    true,
  ],
  [
    "scripts in another order",
    "package.json",
    "scripts",
    manifest({ a: "1", b: "2" }),
    manifest({ b: "2", a: "1" }),
    false,
  ],
  ["a file that is no JSON any more", "package.json", "scripts", manifest({}), "{", true],
  ["a file that is gone", "package.json", "scripts", manifest({ test: "x" }), undefined, true],
  [
    "a dependency in TOML",
    "pyproject.toml",
    "tool.pytest",
    "[tool.pytest.ini_options]\nx=1\n",
    "[tool.pytest.ini_options]\nx = 1\n[project]\nname='a'\n",
    false,
  ],
  [
    "options of pytest",
    "pyproject.toml",
    "tool.pytest",
    "",
    "[tool.pytest.ini_options]\naddopts='--co'\n",
    true,
  ],
  [
    "a section of an ini file",
    "setup.cfg",
    "tool:pytest",
    "[tool:pytest]\na=1\n",
    "[tool:pytest]\na=2\n",
    true,
  ],
  [
    "another section",
    "setup.cfg",
    "tool:pytest",
    "[tool:pytest]\na=1\n",
    "[x]\nb=1\n[tool:pytest]\n# why\na=1\n",
    false,
  ],
  ["a recipe", "Makefile", "test", makefile, makefile.replace("node test.js", "true"), true],
  [
    "a recipe of what the target needs",
    "Makefile",
    "test",
    makefile,
    makefile.replace("echo build", "true"),
    true,
  ],
  [
    "a recipe of another target",
    "Makefile",
    "test",
    makefile,
    makefile.replace("echo lint", "true"),
    false,
  ],
  ["a variable", "Makefile", "test", makefile, `SHELL = /bin/true\n${makefile}`, true],
  ["a new target", "Makefile", "test", makefile, `${makefile}docs:\n\techo docs\n`, false],
  ["a requirement of go.mod", "go.mod", "replace", "module a\n", "module a\nrequire b v1\n", false],
  [
    "a replacement in go.mod",
    "go.mod",
    "replace",
    "module a\n",
    "module a\nreplace b => ./fake\n",
    true,
  ],
  [
    "a dependency of pom.xml",
    "pom.xml",
    "build",
    "<project></project>",
    "<project><dependencies/></project>",
    false,
  ],
  [
    "the build of pom.xml",
    "pom.xml",
    "build",
    "<project></project>",
    "<project><build><x/></build></project>",
    true,
  ],
])("%s is told apart from the part that decides", (_what, path, part, before, after, isChanged) => {
  expect(isPartChanged(path, part, before, after)).toBe(isChanged);
});

test("a gate reads the configuration of the programs that its scripts name", () => {
  const scripts = {
    test: "npm run unit && npm run -s lint:all",
    unit: "vitest run",
    "lint:all": "eslint .",
    docs: "jest",
  };
  const found = gateReads(["npm test"], reading({ "package.json": manifest(scripts) }));
  for (const entry of ["package.json#scripts", ".npmrc", "vitest.config.*", "eslint.config.*"]) {
    expect(found).toContain(entry);
  }
  expect(found).not.toContain("jest.config.*");
});

test("hooks around a script and those of an installation count as reached", () => {
  const scripts = { test: "true", pretest: "sh ci/prepare", postinstall: "node tools/fetch.mjs" };
  const read = reading({ "package.json": manifest(scripts) });
  expect(gateReads(["npm test"], read)).toContain("ci/prepare");
  expect(gateReads(["npm test"], read)).not.toContain("tools/fetch.mjs");
  expect(gateReads(["npm ci", "npm test"], read)).toContain("tools/fetch.mjs");
});

test.each([
  ["./ci/test.sh --all", "ci/test.sh"],
  ["CI=1 timeout 60 bash test.sh", "test.sh"],
  ["cd app && python3 tools/check.py", "tools/check.py"],
])("a gate %s reads the script that it runs", (line, script) => {
  expect(gateReads([line], () => undefined)).toContain(script);
});

test.each(["node test.js", "node --test test/", "python3 -m pytest tests/"])(
  "a gate %s does not guard the tests, which are work",
  (line) => {
    expect(gateReads([line], () => undefined).filter((entry) => /^tests?\b/.test(entry))).toEqual(
      [],
    );
  },
);

test("a gate by make guards its targets, and what their recipes run", () => {
  const rules = "test: unit\nunit:\n\tcargo test\nlint:\n\truff check\n";
  const found = gateReads(["make -j4 test"], reading({ Makefile: rules }));
  expect(found).toContain("Makefile#test");
  expect(found).toContain("Cargo.toml#profile");
  expect(found).not.toContain("ruff.toml");
});
