import { delimiter } from "node:path";
import { withoutRedirection } from "../ground/git/settings.ts";
import type { TrackName } from "../ground/ids.ts";
import type { ExactEnv } from "../ground/proc/run.ts";
import { isWithin } from "./place.ts";
import type { PortBlock } from "./ports.ts";

/** Families of variables that tell where *we* were started, which an agent must not take for its own. */
const foreignPrefixes = ["PLEACH_", "npm_", "TMUX", "ZELLIJ", "VITEST", "JEST_"];

/** Single ones: nesting guards of agents, runtimes' own, and what names the caller's folder. */
const foreign = new Set([
  "CLAUDECODE",
  "CLAUDE_CODE_ENTRYPOINT",
  "CLAUDE_CODE_SESSION_ID",
  "CLAUDE_CODE_SSE_PORT",
  "CODEX_SANDBOX",
  "CODEX_SANDBOX_NETWORK_DISABLED",
  "CODEX_THREAD_ID",
  "COMPOSE_PROJECT_NAME",
  "INIT_CWD",
  "NODE_CHANNEL_FD",
  "NODE_CHANNEL_SERIALIZATION_MODE",
  "NODE_OPTIONS",
  "NODE_TEST_CONTEXT",
  "NODE_UNIQUE_ID",
  "NODE_V8_COVERAGE",
  "OLDPWD",
  "PWD",
  "SHLVL",
  "STY",
  "WINDOW",
  "_",
]);

/**
 * The environment a worker's processes start from: the caller's, with its login and settings, but
 * without what would nest, redirect or leak. Folders of the main checkout leave PATH: its tools
 * would test another tree.
 */
export function workerEnvironment(env: ExactEnv, mainTop: string): ExactEnv {
  const kept = Object.entries(withoutRedirection(env)).filter(
    ([name]) => !foreign.has(name) && !foreignPrefixes.some((prefix) => name.startsWith(prefix)),
  );
  const path = (env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !isWithin(folder, mainTop))
    .join(delimiter);
  return {
    ...Object.fromEntries(kept),
    PATH: path,
    // Nobody is at a terminal: git takes its own messages as they are, and asks for nothing.
    GIT_EDITOR: "true",
    GIT_TERMINAL_PROMPT: "0",
  };
}

/** In the environment of whatever is started for a track. */
export const trackMark = "PLEACH_TRACK";

/** What belongs to the track: its ports and its own name for containers. */
export function trackVariables(
  track: { readonly name: TrackName; readonly target: string; readonly worktree: string },
  repoName: string,
  ports: PortBlock | undefined,
): ExactEnv {
  return {
    PWD: track.worktree,
    [trackMark]: track.name,
    PLEACH_TARGET: track.target,
    COMPOSE_PROJECT_NAME: composeName(`${repoName}-${track.name}`),
    ...(ports === undefined ? {} : { PLEACH_PORT: String(ports.base) }),
  };
}

/** Lower case letters, digits, dashes and underscores, starting with a letter or digit. */
function composeName(text: string): string {
  const name = text.toLowerCase().replace(/[^a-z0-9_-]+/g, "-");
  return name.replace(/^[^a-z0-9]+/, "");
}
