import { z } from "zod";
import { readMakeTarget } from "./makefile.ts";

/**
 * The files that a command reads to decide what it does: entries of `land.guard`, by the words that
 * name the command.
 */
const readBy: readonly (readonly [words: RegExp, entries: readonly string[]])[] = [
  [
    /\b(?:npm|npx|pnpm|yarn|bun)\b|\bnode --run\b/,
    ["package.json#scripts", "package.json#packageManager", ".npmrc", ".yarnrc", ".yarnrc.yml"],
  ],
  [/\bpnpm\b/, [".pnpmfile.cjs"]],
  [/\bbun\b/, ["bunfig.toml"]],
  [/\bvitest\b/, ["vitest.config.*", "vitest.workspace.*", "vite.config.*"]],
  [/\bjest\b/, ["jest.config.*", "package.json#jest"]],
  [/\bmocha\b/, [".mocharc*", "package.json#mocha"]],
  [/\bava\b/, ["ava.config.*", "package.json#ava"]],
  [/\bplaywright\b/, ["playwright.config.*"]],
  [/\bcypress\b/, ["cypress.config.*"]],
  [/\bkarma\b/, ["karma.conf.*"]],
  [/\btap\b/, [".taprc", "package.json#tap"]],
  [/\bnyc\b/, [".nycrc*", "package.json#nyc"]],
  [/\bc8\b/, [".c8rc*", "package.json#c8"]],
  [/\bwireit\b/, ["package.json#wireit"]],
  [/\beslint\b/, ["eslint.config.*", ".eslintrc*", "package.json#eslintConfig"]],
  [/\bbiome\b/, ["biome.json", "biome.jsonc"]],
  [/\bturbo\b/, ["turbo.json"]],
  [/\bnx\b/, ["nx.json"]],
  [/\blerna\b/, ["lerna.json"]],
  [/\bdeno\b/, ["deno.json#tasks", "deno.jsonc"]],
  [
    /\b(?:turbo|nx|lerna)\b|--workspaces?\b|\bworkspaces? (?:foreach|run)\b|\bpnpm (?:-r|--recursive|--filter)\b/,
    ["**/package.json#scripts"],
  ],
  [
    /\b(?:py\.?test|tox|nox|uv|poetry|hatch|pdm)\b/,
    [
      ...["pytest.ini", ".pytest.ini", "setup.cfg#tool:pytest", "tox.ini"],
      ...["pyproject.toml#tool.pytest", "pyproject.toml#build-system"],
    ],
  ],
  [/\bnox\b/, ["noxfile.py"]],
  [/\btox\b/, ["pyproject.toml#tool.tox", "setup.cfg#tox"]],
  [/\bhatch\b/, ["pyproject.toml#tool.hatch.envs"]],
  [/\bpdm\b/, ["pyproject.toml#tool.pdm.scripts"]],
  [/\bpoe\b/, ["pyproject.toml#tool.poe"]],
  [/\bcoverage\b|--cov\b/, [".coveragerc", "pyproject.toml#tool.coverage"]],
  [/\bmypy\b/, ["mypy.ini", ".mypy.ini", "pyproject.toml#tool.mypy", "setup.cfg#mypy"]],
  [/\bruff\b/, ["ruff.toml", ".ruff.toml", "pyproject.toml#tool.ruff"]],
  [
    /\bcargo\b/,
    [
      ...[
        "Cargo.toml#profile",
        "Cargo.toml#lib",
        "Cargo.toml#test",
        "Cargo.toml#workspace.members",
      ],
      ...["Cargo.toml#workspace.exclude", "Cargo.toml#workspace.default-members"],
      ...["Cargo.toml#patch", "Cargo.toml#package.autotests"],
      ...[".cargo/**", ".config/nextest.toml", "rust-toolchain", "rust-toolchain.toml"],
    ],
  ],
  [
    /\bgo (?:test|vet|build|run)\b|\bgotestsum\b/,
    ["go.mod#replace", "go.mod#toolchain", "go.work"],
  ],
  [/\bgolangci-lint\b/, [".golangci.*"]],
  [/\bmvnw?\b/, ["pom.xml#build", "pom.xml#properties", "pom.xml#profiles", ".mvn/**", "mvnw"]],
  [
    /\bgradlew?\b/,
    ["build.gradle*", "settings.gradle*", "gradle.properties", "gradle/wrapper/**", "gradlew"],
  ],
  [/\bjust\b/, ["justfile", "Justfile", ".justfile"]],
  [/(?:^|[\s;&|])task\b/, ["Taskfile.y*ml"]],
  [/\b(?:rake|bundle)\b/, ["Rakefile", ".rspec", ".bundle/config"]],
  [/\brspec\b/, [".rspec"]],
  [/\b(?:composer|phpunit)\b/, ["composer.json#scripts", "phpunit.xml*"]],
  [/\bmix\b/, ["mix.exs", "test/test_helper.exs"]],
  [/\bbazel(?:isk)?\b/, [".bazelrc", ".bazelversion"]],
  [/\bdotnet\b/, ["*.runsettings", "Directory.Build.*", "global.json", "NuGet.Config"]],
  [/\bpre-commit\b/, [".pre-commit-config.yaml"]],
  [/\bcmake\b|\bctest\b/, ["CMakePresets.json", "CTestConfig.cmake", "CTestCustom.cmake"]],
];

/** Files of continuous integration, wherever they are kept. */
export const ciFiles: readonly string[] = [
  ...[".github/**", ".gitlab-ci.yml", ".gitlab/**", ".circleci/**", ".buildkite/**"],
  ...["azure-pipelines.yml", "Jenkinsfile", ".travis.yml", "bitbucket-pipelines.yml"],
  ...[".forgejo/**", ".gitea/**", ".woodpecker*/**", ".drone.yml", ".cirrus.yml"],
];

/** Makefiles in the order in which make itself looks. */
const makefiles = ["GNUmakefile", "makefile", "Makefile"] as const;

/** The files at the top of the tree whose text says what a gate's line runs. */
export const expandedFiles: readonly string[] = ["package.json", ...makefiles];

/**
 * Finds the files that these shell lines read to decide what they do, as entries of `land.guard`:
 * the configuration of each program they name, also through scripts of package.json and rules of a
 * makefile, and the scripts they run.
 * @param read returns the text of one of `expandedFiles`, undefined when there is none
 */
export function gateReads(
  lines: readonly string[],
  read: (file: string) => string | undefined,
): readonly string[] {
  const targets = makeTargets(lines);
  const rules = makefiles.map((file) => read(file)).find((text) => text !== undefined) ?? "";
  const made = targets.map((target) => readMakeTarget(rules, target) ?? "");
  const texts = withScripts([...lines, ...made], scriptsOf(read("package.json")));
  const all = texts.join("\n");
  return [
    ...new Set([
      ...readBy.flatMap(([words, entries]) => (words.test(all) ? entries : [])),
      ...makefiles.flatMap((file) => targets.map((target) => `${file}#${target}`)),
      ...texts.flatMap(scriptFiles),
    ]),
  ];
}

function makeTargets(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) =>
    [...line.matchAll(/(?:^|[\s;&|(])g?make((?:[ \t]+[^\s;&|()]+)*)/g)].flatMap(([, words = ""]) =>
      words.split(/[ \t]+/).filter((word) => /^\w[\w./-]*$/.test(word) && !/^\d+$/.test(word)),
    ),
  );
}

const manifestSchema = z.object({ scripts: z.record(z.string(), z.string()).optional() });

function scriptsOf(manifest: string | undefined): ReadonlyMap<string, string> {
  try {
    const { scripts } = manifestSchema.parse(JSON.parse(manifest ?? "{}"));
    return new Map(Object.entries(scripts ?? {}));
  } catch {
    // The text is not a manifest, so no package manager could run its scripts either.
    return new Map();
  }
}

const installing = ["preinstall", "install", "postinstall", "prepare"];

/** Adds the scripts that the lines reach: those they name, and the hooks around these. */
function withScripts(
  lines: readonly string[],
  scripts: ReadonlyMap<string, string>,
): readonly string[] {
  const reached = new Map<string, string>();
  const texts = (): readonly string[] => [...lines, ...reached.values()];
  for (let size = -1; size !== reached.size; ) {
    size = reached.size;
    const all = texts().join("\n");
    const said = new Set(all.split(/[\s;&|"'()]+/));
    const isInstalling = /\b(?:npm|pnpm|yarn|bun) (?:ci|i|install)\b|\byarn(?:$|\n)/.test(all);
    for (const [name, text] of scripts) {
      const inner = name.replace(/^(?:pre|post)(?=\w)/, "");
      const isHook = reached.has(inner) || (isInstalling && installing.includes(name));
      const isMeant = [...said].some((word) => word === name || isPattern(word, name));
      if (isHook || isMeant) reached.set(name, text);
    }
  }
  return texts();
}

const isPattern = (word: string, name: string): boolean =>
  /^[\w:-]+\*$/.test(word) && name.startsWith(word.slice(0, -1));

const shells = /^(?:ba|da|z|k)?sh$|^source$|^\.$/;
const interpreters = /^(?:node|deno|bun|tsx|ts-node|python[\d.]*|ruby|perl|php|pwsh|lua|Rscript)$/;
const wrappers = /^(?:env|time|timeout|nice|exec|command|npx|xvfb-run|\d+[smh]?|\w+=.*)$/;

/**
 * Finds the files that a line runs as programs: the first word of a command when it is a path, and
 * the script of a shell or another interpreter. Test files are left out: they are work, and
 * expected to change.
 */
function scriptFiles(text: string): readonly string[] {
  return text.split(/[;&|\n()]+/).flatMap((command) => {
    const words = command
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/^["']|["']$/g, ""));
    const from = words.findIndex((word) => !wrappers.test(word));
    const [program = "", ...rest] = words.slice(Math.max(from, 0));
    if (program.includes("/")) return inTree(program);
    if (!shells.test(program) && !interpreters.test(program)) return [];
    const script = rest.find((word) => !word.startsWith("-") && word !== "run") ?? "";
    return interpreters.test(program) && /(?:^|[/._-])(?:tests?|specs?)(?:[/._-]|$)/i.test(script)
      ? []
      : inTree(script);
  });
}

/** Returns a path as an entry, when it lies inside the tree. */
function inTree(path: string): readonly string[] {
  const clean = path.replace(/^(?:\.\/)+/, "");
  return /^[\w@+-][\w@+./-]*$/.test(clean) && /[./]/.test(clean) && !clean.includes("..")
    ? [clean]
    : [];
}
