import { expect, test } from "vitest";
import { parseWritten } from "../../../src/ground/config/parse.ts";
import { detectToolchains } from "../../../src/verbs/init/detect.ts";
import { knownAgents } from "../../../src/verbs/init/known-agents.ts";
import { initialToml } from "../../../src/verbs/init/toml.ts";

const top = (files: Readonly<Record<string, string>>) => ({
  names: Object.keys(files),
  text: (name: string) => files[name],
});
const manifest = (more: object = {}) =>
  JSON.stringify({ scripts: { test: "vitest" }, dependencies: { a: "1" }, ...more });

test.each([
  [
    "npm",
    { "package.json": manifest(), "package-lock.json": "" },
    ["npm test", "npm ci --prefer-offline", "package-lock.json"],
  ],
  [
    "npm without a lockfile",
    { "package.json": manifest() },
    ["npm test", "npm install --no-package-lock", "package.json"],
  ],
  ["npm without dependencies", { "package.json": manifest({ dependencies: {} }) }, ["npm test"]],
  [
    "pnpm",
    { "package.json": manifest(), "pnpm-lock.yaml": "" },
    ["pnpm test", "pnpm install --frozen-lockfile --prefer-offline", "pnpm-lock.yaml"],
  ],
  [
    "yarn classic",
    { "package.json": manifest(), "yarn.lock": "" },
    ["yarn test", "yarn install --frozen-lockfile", "yarn.lock"],
  ],
  [
    "yarn",
    { "package.json": manifest(), "yarn.lock": "", ".yarnrc.yml": "" },
    ["yarn test", "yarn install --immutable", "yarn.lock"],
  ],
  [
    "bun",
    { "package.json": manifest(), "bun.lock": "" },
    ["bun run test", "bun install --frozen-lockfile", "bun.lock"],
  ],
  [
    "the declared manager",
    { "package.json": manifest({ packageManager: "pnpm@9.1.0" }), "package-lock.json": "" },
    ["pnpm test", "pnpm install", "package.json"],
  ],
  ["cargo", { "Cargo.toml": "" }, ["cargo test"]],
  ["go", { "go.mod": "" }, ["go test ./..."]],
  ["pytest", { "pyproject.toml": "[tool.pytest.ini_options]" }, ["python3 -m pytest"]],
  [
    "pytest by uv",
    { "pyproject.toml": "dev = ['pytest>=8']", "uv.lock": "" },
    ["uv run pytest", "uv sync --frozen", "uv.lock"],
  ],
  ["make", { Makefile: "all: build\n\ncheck test: build\n\techo\n" }, ["make test"]],
  ["make check", { Makefile: "test_all := 1\ntest := 2\ncheck:\n\techo\n" }, ["make check"]],
] as const)(
  "%s is detected",
  (_, files, [gate, setup, inputs]: readonly (string | undefined)[]) => {
    const [found] = detectToolchains(top(files));
    expect(found).toMatchObject({
      gate,
      setup: setup === undefined ? [] : [setup],
      setupInputs: inputs === undefined ? [] : [inputs],
    });
  },
);

test.each([
  [
    "a script that only says there are none",
    { "package.json": '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}' },
  ],
  ["a manifest that is no JSON", { "package.json": "{" }],
  ["a manifest of another shape", { "package.json": '{"scripts":3}' }],
  ["an empty folder", {}],
])("%s gives no gate", (_, files) => {
  expect(detectToolchains(top(files))).toEqual([]);
});

test("whatever was found, the file that is written is read back", () => {
  const toolchains = detectToolchains(
    top({ "package.json": manifest(), Makefile: "test:\n", "go.mod": "" }),
  );
  expect(toolchains.map(({ gate }) => gate)).toEqual(["npm test", "go test ./...", "make test"]);
  for (const agents of [[], knownAgents.slice(0, 1), knownAgents]) {
    for (const chains of [[], toolchains]) {
      const text = initialToml({
        toolchains: chains,
        agents,
        target: "main",
        soft: { "TASKS.md": "driver" },
        guard: ["pleach.toml", "package.json#scripts"],
      });
      const written = parseWritten(text, "pleach.toml");
      expect(written.land?.gate).toBe(chains[0]?.gate);
      expect(written.land?.guard).toEqual(["pleach.toml", "package.json#scripts"]);
      expect(written.agent).toBe(agents[0]?.name);
      expect(Object.keys(written.agents ?? {})).toEqual(agents.map(({ name }) => name));
      for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(110);
    }
  }
});

test("an agent is met in its terminal and asks, as far as it can", () => {
  const text = initialToml({
    toolchains: [],
    agents: knownAgents,
    target: "main",
    soft: {},
    guard: [],
  });
  expect(parseWritten(text, "pleach.toml").agents).toMatchObject({
    claude: { mode: "terminal", permissions: "ask" },
    codex: { mode: "terminal", permissions: "ask" },
    opencode: { mode: "stream", permissions: "edits" },
    gemini: { mode: "stream", permissions: "edits" },
  });
});
