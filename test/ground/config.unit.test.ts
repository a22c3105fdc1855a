import fc from "fast-check";
import { stringify } from "smol-toml";
import { describe, expect, test } from "vitest";
import { configuredItems, consentLines } from "../../src/ground/config/consent.ts";
import { parseDuration } from "../../src/ground/config/duration.ts";
import { fillConfig } from "../../src/ground/config/fill.ts";
import { locateKeys, pathKey } from "../../src/ground/config/locate.ts";
import { parseWritten } from "../../src/ground/config/parse.ts";
import { PleachError } from "../../src/ground/errors.ts";
import { asBranchName } from "../../src/ground/ids.ts";
import { nearest, plain } from "../../src/ground/text.ts";

function refusal(text: string): string {
  try {
    parseWritten(text, "pleach.toml");
  } catch (error) {
    if (error instanceof PleachError) return error.message;
    throw error;
  }
  throw new Error("it was accepted");
}

const mainTop = "/home/u/project";
const context = {
  target: asBranchName("main"),
  source: { kind: "defaults" },
  mainTop,
  repoName: "project",
  home: "/home/u",
} as const;

describe("a written configuration", () => {
  test.each([
    ["wrokers = 3", 'pleach.toml:1:1: unknown key "wrokers", did you mean "workers"?'],
    [
      "\n[land]\n  gaet = 'x'",
      'pleach.toml:3:3: unknown key "gaet" in [land], did you mean "gate"?',
    ],
    [
      "[agents.aider]\ncomand = ['a']",
      'pleach.toml:2:1: unknown key "comand" in [agents.aider], did you mean "command"?',
    ],
    ["[notify]\non = []", /^pleach.toml:1:2: unknown key "notify" \(known: tasks, target, /],
    ["workers = 0", "pleach.toml:1:1: workers is at least 1, not 0"],
    ["workers = 'two'", 'pleach.toml:1:1: workers is a number, not "two"'],
    ["workers = 1.5", "pleach.toml:1:1: workers is a whole number, not 1.5"],
    [
      "host = 'headles'",
      'pleach.toml:1:1: host is one of "auto", "headless", "tmux", not "headles", did you mean "headless"?',
    ],
    ["host = 'zellij'", /^pleach.toml:1:1: host is one of .*, not "zellij"/],
    [
      "[worktrees]\nkeep = '7 days'",
      'pleach.toml:2:1: worktrees.keep is a duration such as 90s, 10m, 2h or 7d, not "7 days"',
    ],
    ["[worktrees]\nsetup = 'npm ci'", 'pleach.toml:2:1: worktrees.setup is a list, not "npm ci"'],
    [
      "[worktrees]\nsetup = [\n  'a',\n  '']",
      'pleach.toml:4:3: worktrees.setup[1] is a non-empty shell line, not ""',
    ],
    [
      "[land]\ngate = 3",
      "pleach.toml:2:1: land.gate is a shell line or a list of steps { name, command }, not 3",
    ],
    [
      "[[land.gate]]\nname = 'a'\ncomand = 'b'",
      /land.gate\[0\].command is a text in quotes, not nothing\n.*unknown key "comand" in \[land.gate\[0\]\], did you mean "command"\?/,
    ],
    ["tasks = '../TASKS.md'", /tasks is a path inside the repository/],
    ["target = '-x'", /target is the name of a local branch/],
    ["[agents.A]\n", /the key is an agent's name/],
    ["a = 1\nb = = 2", /^pleach.toml:2:5: /],
    ["a = 1\na = 2", /^pleach.toml:2:1: .*redefine/],
  ])("%j is refused with its place", (text, message) => {
    if (typeof message === "string") expect(refusal(text)).toBe(message);
    else expect(refusal(text)).toMatch(message);
  });

  test("all problems are listed, in the order of the file", () => {
    expect(refusal("x = 1\nworkers = 0\n[land]\nz = 1\nreview = 'nobody'\n").split("\n")).toEqual([
      "pleach.toml has 4 problems:",
      expect.stringContaining("pleach.toml:1:1:"),
      expect.stringContaining("pleach.toml:2:1:"),
      expect.stringContaining("pleach.toml:4:1:"),
      expect.stringContaining("pleach.toml:5:1:"),
    ]);
  });

  test("every key of a document is found where it stands", () => {
    const key = fc.oneof(fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/), fc.string({ minLength: 1 }));
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string()));
    const node: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        leaf,
        tie("table"),
        fc.array(tie("table"), { minLength: 1, maxLength: 3 }),
      ),
      table: fc.dictionary(key, tie("node"), { maxKeys: 4, noNullPrototype: true }),
    }))["table"];
    fc.assert(
      fc.property(node, (document) => {
        const text = stringify(document);
        const found = locateKeys(text);
        for (const path of leaves(document)) {
          const at = found.get(pathKey(path));
          expect(at, JSON.stringify({ path, text })).toBeDefined();
          const line = text.split("\n")[(at?.line ?? 0) - 1] ?? "";
          const last = path.at(-1) ?? "";
          const there = line.slice((at?.column ?? 0) - 1);
          if (typeof last === "string" && /^[a-z0-9_-]+$/.test(last))
            expect(there.startsWith(last)).toBe(true);
        }
      }),
    );
  });
});

/** Lists the paths of all values that are not tables or lists of tables. */
function leaves(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (Array.isArray(value)) {
    if (!value.some((item) => typeof item === "object")) return [[...path]];
    return value.flatMap((item, index) => leaves(item, [...path, index]));
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
  }
  return path.length === 0 ? [] : [[...path]];
}

describe("the filled configuration", () => {
  test("an empty file gives the documented defaults", () => {
    const config = fillConfig({}, {}, context);
    expect(config.worktrees.root).toBe("/home/u/project.trees");
    expect(config.soft).toEqual([{ pattern: "TASKS.md", policy: { kind: "driver" } }]);
    expect(config.land).toMatchObject({
      gate: [],
      guard: [".github/**", "pleach.toml"],
      timeoutMs: 900_000,
    });
    expect(configuredItems(config, { mainTop, included: [] })).toEqual([]);
  });

  test("the project's keys win over the user's, key by key", () => {
    const user = parseWritten(
      "workers = 5\n[land]\ntries = 7\n[agents.aider]\ncommand = ['aider']\ncommit = 'pleach'",
      "u",
    );
    const project = parseWritten("[land]\ngate = 'make'\n[agents.aider]\ncommit = 'agent'", "p");
    const config = fillConfig(project, user, context);
    expect(config).toMatchObject({ workers: 5, agent: "aider", land: { tries: 7 } });
    expect(config.land.gate).toEqual([{ name: "gate", command: "make" }]);
    expect(config.agents.get("aider")).toMatchObject({ command: ["aider"], commit: "agent" });
  });

  test("every command that would be executed is named", () => {
    const text = `
      [soft]
      "**/lock" = "npm i"
      [worktrees]
      setup = ["npm ci"]
      teardown = ["down"]
      [land]
      gate = [{ name = "lint", command = "npm run lint" }]
      [agents.a]
      command = ["a", "two words"]`;
    const config = fillConfig(parseWritten(text, "p"), {}, context);
    expect(configuredItems(config, { mainTop, included: [] }).map((item) => item.text)).toEqual([
      "npm ci",
      "a 'two words'",
      "npm i",
      "npm run lint",
      "down",
    ]);
  });
});

describe("consent", () => {
  const items = (text: string, included: readonly string[] = []) => {
    const config = fillConfig(parseWritten(text, "p"), {}, context);
    return consentLines(configuredItems(config, { mainTop, included }));
  };

  test("a command of several lines is shown in all of them, below its key", () => {
    expect(items('[land]\ngate = "true # tests\\n touch pwned"')).toEqual([
      "land.gate:",
      "  | true # tests",
      "  |  touch pwned",
    ]);
    expect(items('[land]\ngate = "make\\u200b test"')).toEqual(["land.gate: make\\u200b test"]);
  });

  test("what decides where files go is asked for like a command", () => {
    expect(items('[worktrees]\ncopy = [".env"]\nclone = ["node_modules"]', ["*.key"])).toEqual([
      ".worktreeinclude: *.key",
      "worktrees.copy: .env",
      "worktrees.clone: node_modules",
    ]);
    const root = (path: string) => items(`[worktrees]\nroot = "${path}"`);
    expect(root("../trees")).toEqual([]);
    for (const path of ["/srv/trees", "~/.config", "../../trees", "../.ssh", "../other/trees"]) {
      expect(root(path)).toEqual([expect.stringMatching(/^worktrees\.root: \/.* \(not beside/)]);
    }
  });
});

test.each([
  [
    '[land]\ngate = "true # tests\\u009d touch pwned"',
    "2:1: land.gate holds the control character \\u009d and cannot be consented to: true # tests\\u009d touch pwned",
  ],
  [
    '[worktrees]\nsetup = ["a", "b\\rc"]',
    "2:15: worktrees.setup[1] holds the control character \\r and cannot be consented to: b\\rc",
  ],
  [
    '[agents.x]\ncommand = ["a\\u202eb"]',
    "2:12: agents.x.command[0] holds the control character \\u202e and cannot be consented to: a\\u202eb",
  ],
  [
    '[worktrees]\nroot = "../a\\u2028b"',
    "2:1: worktrees.root holds the control character \\u2028 and cannot be consented to: ../a\\u2028b",
  ],
  ['[soft]\n"a\\u001bb" = "union"', '2:1: the key "a\\u001bb" holds a control character'],
])("%j is refused where it stands", (text, message) => {
  expect(refusal(text)).toBe(`pleach.toml:${message}`);
});

test("lines of a command may end as they do on Windows", () => {
  const written = parseWritten('[land]\r\ngate = """\r\nmake a\r\nmake b"""\r\n', "pleach.toml");
  expect(written.land?.gate).toBe("make a\nmake b");
});

test("durations are read in milliseconds", () => {
  expect(["90s", "10m", "2h", "7d", "7", "1w", "-1s"].map(parseDuration)).toEqual([
    90_000,
    600_000,
    7_200_000,
    604_800_000,
    undefined,
    undefined,
    undefined,
  ]);
});

test("the nearest word is the word that was probably meant, or none", () => {
  const verbs = ["plan", "land", "run", "restore"];
  expect(["plna", "lnad", "restor", "xyz"].map((word) => nearest(word, verbs))).toEqual([
    "plan",
    "land",
    "restore",
    undefined,
  ]);
});

test("no character that steers a terminal survives", () => {
  expect(plain("a\x1b[31mred\x9b2Jd\u202ee\r\x08\n\tf")).toBe(
    "a\\x1b[31mred\\u009b2Jd\\u202ee\\r\\x08\n\tf",
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      return !/[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(plain(text));
    }),
  );
});
