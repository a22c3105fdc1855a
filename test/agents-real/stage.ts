import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { Ground } from "../../src/ground/ground.ts";
import { liveness, type ProcessIdentity } from "../../src/ground/proc/identity.ts";
import type { ExactEnv } from "../../src/ground/proc/run.ts";
import { endWorker } from "../../src/grow/turn/end-worker.ts";
import { openWorkers } from "../../src/worker/worker-store.ts";
import { type CliRun, cli } from "../support/cli.ts";
import { gitRepo, groundOf, writeFiles } from "../support/repo.ts";
import { binFolder, modelServer, type Program } from "./programs.ts";

/** A repository, a model on loopback, and an agent that knows nothing else. */
export interface Stage {
  readonly top: string;
  readonly ground: Ground;
  readonly pleach: (...args: readonly string[]) => Promise<CliRun>;
  /** Returns everything the program sent to the model, as text. */
  readonly requests: () => string;
  /** Returns the track of a name in `ls --json`. */
  readonly track: (name: string) => Promise<ListedTrack>;
}

export interface ListedTrack {
  readonly state: string;
  readonly worktree: string;
  readonly reason?: string;
  readonly worker: { readonly sessionId: string } | null;
  readonly usage: {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly costUsd: number | null;
  };
}

/**
 * Kills processes and sees them go: a process that was sent SIGKILL is still there for a moment.
 */
export async function killed(
  ...whom: readonly (ProcessIdentity | null | undefined)[]
): Promise<void> {
  const known = whom.flatMap((one) => one ?? []);
  if (known.length < whom.length) throw new Error("it does not run");
  for (const { pid } of known) process.kill(pid, "SIGKILL");
  for (const one of known) await expect.poll(async () => await liveness(one)).toBe("gone");
}

/** Makes a stage. @param toml besides the agent: gate, permissions */
export async function stage(program: Program, tasks: string, toml = ""): Promise<Stage> {
  const top = gitRepo({
    "README.md": "hello\n",
    "TASKS.md": tasks,
    "pleach.toml": `agent = "${program.name}"\n${toml}`,
  });
  const home = join(top, "../home");
  const model = await startModel(dirname(home));
  onTestFinished(model.stop);
  const variables = makeHome(home, model.port);
  if (program.name === "opencode") settleDatabase(top, variables);
  const ground = await groundOf(top, variables);
  onTestFinished(async () => {
    for (const worker of openWorkers(ground.store)) await endWorker(ground, worker);
  });
  const pleach = async (...args: readonly string[]) =>
    await cli(args, { cwd: top, env: variables });
  return {
    top,
    ground,
    pleach,
    requests: () => readFileSync(join(home, "../requests.jsonl"), "utf8"),
    track: async (name) => {
      const { tracks } = JSON.parse((await pleach("ls", "--all", "--json")).stdout);
      return tracks.find((track: { readonly name: string }) => track.name === name);
    },
  };
}

/**
 * Starts OpenCode once: its very first starts make its database, and fail when there are two at
 * once.
 */
function settleDatabase(cwd: string, env: ExactEnv): void {
  execFileSync(join(binFolder, "opencode"), ["session", "list"], { cwd, env: { ...env } });
}

/**
 * Makes a home in which every program talks to the model on a port; @returns the environment for it
 */
export function makeHome(home: string, port: string): ExactEnv {
  writeFiles(home, {
    ".codex/config.toml": codexConfig(port),
    ".config/opencode/opencode.json": JSON.stringify(opencodeConfig(port)),
    ".gemini/settings.json": JSON.stringify(geminiSettings),
  });
  return exactEnv(home, port);
}

/**
 * Returns an environment without anything of the person who runs the tests: no login, no settings,
 * no telemetry, no update.
 */
function exactEnv(home: string, port: string): ExactEnv {
  return {
    PATH: [binFolder, dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
    HOME: home,
    TERM: "dumb",
    LANG: "C.UTF-8",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_AUTHOR_NAME: "Test",
    GIT_AUTHOR_EMAIL: "test@example.invalid",
    GIT_COMMITTER_NAME: "Test",
    GIT_COMMITTER_EMAIL: "test@example.invalid",
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}`,
    ANTHROPIC_API_KEY: "not-a-key-at-all",
    // Claude Code's own word for "root may bypass permissions here".
    IS_SANDBOX: "1",
    CLAUDE_CODE_MAX_RETRIES: "1",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_TELEMETRY: "1",
    DISABLE_ERROR_REPORTING: "1",
    MOCK_API_KEY: "not-a-key-at-all",
    GEMINI_API_KEY: "not-a-key-at-all",
    GOOGLE_GEMINI_BASE_URL: `http://127.0.0.1:${port}`,
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
  };
}

function codexConfig(port: string): string {
  return `model = "gpt-5.5"
model_provider = "mock"
check_for_update_on_startup = false
[analytics]
enabled = false
[features]
multi_agent_v2 = true
[model_providers.mock]
name = "mock"
base_url = "http://127.0.0.1:${port}/v1"
wire_api = "responses"
env_key = "MOCK_API_KEY"
request_max_retries = 1
stream_max_retries = 1
supports_websockets = false
`;
}

function opencodeConfig(port: string): object {
  const model = {
    limit: { context: 200_000, output: 8_000 },
    cost: { input: 1, output: 2, cache_read: 0.1 },
  };
  const options = { baseURL: `http://127.0.0.1:${port}/v1`, apiKey: "not-a-key-at-all" };
  const mock = { npm: "@ai-sdk/openai-compatible", options, models: { "mock-model": model } };
  return {
    autoupdate: false,
    share: "disabled",
    model: "mock/mock-model",
    small_model: "mock/mock-model",
    enabled_providers: ["mock"],
    provider: { mock },
  };
}

const geminiSettings = {
  security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false, maxAttempts: 2 },
};

/** Starts the model on loopback. It keeps the requests it got in `requests.jsonl` of the folder. */
export async function startModel(
  folder: string,
): Promise<{ readonly port: string; readonly stop: () => void }> {
  if (modelServer === undefined) throw new Error("there is no model server");
  const portFile = join(folder, "port");
  const argv = [modelServer, "--port", "0", "--port-file", portFile, "--log", folder];
  const server = spawn(process.execPath, argv, { stdio: "ignore" });
  const read = (): string => {
    try {
      return readFileSync(portFile, "utf8").trim();
    } catch {
      return "";
    }
  };
  await expect.poll(read, { timeout: 10_000 }).toMatch(/^\d+$/);
  return { port: read(), stop: () => void server.kill() };
}
