import { z } from "zod";

/** The top of a checkout, as far as detection looks. */
export interface TopFolder {
  /** Names of files and folders. */
  readonly names: readonly string[];
  /** The text of a file at the top; undefined when it is absent or unreadable. */
  readonly text: (name: string) => string | undefined;
}

/** How a project of one kind is set up and tested. */
export interface Toolchain {
  readonly kind: "node" | "cargo" | "go" | "python" | "make";
  /** The shell line that tests it. */
  readonly gate: string;
  readonly setup: readonly string[];
  readonly setupInputs: readonly string[];
}

/** Every way this project can be tested, the likeliest first. Pure. */
export function detectToolchains(top: TopFolder): readonly Toolchain[] {
  const found = [node(top), cargo(top), go(top), python(top), make(top)];
  return found.filter((toolchain) => toolchain !== undefined);
}

const manifestSchema = z.object({
  packageManager: z.string().optional(),
  scripts: z.record(z.string(), z.string()).optional(),
  dependencies: z.record(z.string(), z.unknown()).optional(),
  devDependencies: z.record(z.string(), z.unknown()).optional(),
  workspaces: z.unknown().optional(),
});
type Manifest = z.infer<typeof manifestSchema>;

interface PackageManager {
  readonly name: string;
  readonly test: string;
  readonly lockfiles: readonly string[];
  /** With a lockfile, and without. */
  readonly install: readonly [locked: string, loose: string];
}

const managers: readonly PackageManager[] = [
  {
    name: "pnpm",
    test: "pnpm test",
    lockfiles: ["pnpm-lock.yaml"],
    install: ["pnpm install --frozen-lockfile --prefer-offline", "pnpm install"],
  },
  {
    name: "yarn",
    test: "yarn test",
    lockfiles: ["yarn.lock"],
    install: ["yarn install --frozen-lockfile", "yarn install"],
  },
  {
    name: "bun",
    test: "bun run test",
    lockfiles: ["bun.lock", "bun.lockb"],
    install: ["bun install --frozen-lockfile", "bun install"],
  },
  {
    name: "npm",
    test: "npm test",
    lockfiles: ["package-lock.json", "npm-shrinkwrap.json"],
    install: ["npm ci --prefer-offline", "npm install --no-package-lock"],
  },
];

function node(top: TopFolder): Toolchain | undefined {
  const manifest = readManifest(top.text("package.json"));
  const test = manifest?.scripts?.["test"];
  // The script that `npm init` writes always fails: the project has no tests yet.
  if (manifest === undefined || test === undefined || /no test specified/.test(test)) {
    return undefined;
  }
  const manager = managerOf(manifest, top);
  const locks = manager.lockfiles.filter((name) => top.names.includes(name));
  const berry = manager.name === "yarn" && top.names.includes(".yarnrc.yml");
  const locked = berry ? "yarn install --immutable" : manager.install[0];
  const install = locks.length > 0 ? locked : manager.install[1];
  const needed = hasDependencies(manifest) || locks.length > 0;
  return {
    kind: "node",
    gate: manager.test,
    setup: needed ? [install] : [],
    setupInputs: !needed ? [] : locks.length > 0 ? locks : ["package.json"],
  };
}

function readManifest(text: string | undefined): Manifest | undefined {
  if (text === undefined) return undefined;
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // Not JSON: then npm could not run its scripts either.
    return undefined;
  }
}

function managerOf(manifest: Manifest, { names }: TopFolder): PackageManager {
  const declared = manifest.packageManager?.split("@")[0];
  const [npm] = managers.slice(-1);
  const found =
    managers.find(({ name }) => name === declared) ??
    managers.find(({ lockfiles }) => lockfiles.some((name) => names.includes(name))) ??
    npm;
  if (found === undefined) throw new Error("npm is not in the table");
  return found;
}

function hasDependencies({ dependencies, devDependencies, workspaces }: Manifest): boolean {
  const count = Object.keys({ ...dependencies, ...devDependencies }).length;
  return count > 0 || workspaces !== undefined;
}

function cargo({ names }: TopFolder): Toolchain | undefined {
  if (!names.includes("Cargo.toml")) return undefined;
  return { kind: "cargo", gate: "cargo test", setup: [], setupInputs: [] };
}

function go({ names }: TopFolder): Toolchain | undefined {
  if (!names.includes("go.mod") && !names.includes("go.work")) return undefined;
  return { kind: "go", gate: "go test ./...", setup: [], setupInputs: [] };
}

function python({ names, text }: TopFolder): Toolchain | undefined {
  const has = (name: string, words: RegExp): boolean => words.test(text(name) ?? "");
  const usesPytest =
    names.includes("pytest.ini") ||
    names.includes("conftest.py") ||
    has("pyproject.toml", /pytest/) ||
    has("setup.cfg", /^\[tool:pytest\]/m) ||
    has("tox.ini", /^\[pytest\]/m) ||
    has("requirements-dev.txt", /^pytest\b/m) ||
    has("requirements.txt", /^pytest\b/m);
  if (!usesPytest) return undefined;
  if (names.includes("uv.lock")) return pytest("uv run ", ["uv sync --frozen"], ["uv.lock"]);
  if (names.includes("poetry.lock")) {
    return pytest("poetry run ", ["poetry install --no-interaction"], ["poetry.lock"]);
  }
  return pytest("python3 -m ", [], []);
}

function pytest(
  prefix: string,
  setup: readonly string[],
  setupInputs: readonly string[],
): Toolchain {
  return { kind: "python", gate: `${prefix}pytest`, setup, setupInputs };
}

function make({ names, text }: TopFolder): Toolchain | undefined {
  // In the order in which make itself looks.
  const file = ["GNUmakefile", "makefile", "Makefile"].find((name) => names.includes(name));
  const rules = file === undefined ? "" : (text(file) ?? "");
  const target = ["test", "check"].find((name) =>
    new RegExp(`^(?:[\\w.-]+ +)*${name}(?: +[\\w.-]+)*\\s*::?(?!=)`, "m").test(rules),
  );
  if (target === undefined) return undefined;
  return { kind: "make", gate: `make ${target}`, setup: [], setupInputs: [] };
}
