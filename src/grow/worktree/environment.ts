import { realpathSync } from "node:fs";
import { delimiter } from "node:path";
import type { Repo } from "../../ground/git/repo.ts";
import { withoutRedirection } from "../../ground/git/settings.ts";
import type { Ground } from "../../ground/ground.ts";
import type { TrackName } from "../../ground/ids.ts";
import type { ExactEnv } from "../../ground/proc/run.ts";
import { isPathWithin } from "../../track/branch-name.ts";
import type { PortBlock } from "./ports.ts";
import { leadTo, type TreeEnvironment } from "./tree-environment.ts";

/** Families of variables about *our* own start, which an agent must not take for its own. */
const foreignPrefixes = [
  ...["PLEACH_", "TMUX", "ZELLIJ", "VITEST", "JEST_", "DIRENV_"],
  ...["npm_lifecycle_", "npm_package_"],
];

/** Single variables: nesting guards of agents, runtimes' own, and names of the caller's folder. */
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
  "NODE_TEST_CONTEXT",
  "NODE_UNIQUE_ID",
  "NODE_V8_COVERAGE",
  "OLDPWD",
  "PWD",
  "SHLVL",
  "STY",
  "VSCODE_INSPECTOR_OPTIONS",
  "WINDOW",
  "_",
  "npm_command",
  "npm_execpath",
  "npm_node_execpath",
]);

/**
 * The settings that npm passes to the programs it runs, about that run. A person may have set
 * others of their own (`npm_config_registry`), and these as well where npm is not around.
 */
const ofNpm =
  /^npm_config_(?:user_agent|local_prefix|global_prefix|globalconfig|prefix|init_module|node_gyp|npm_version|noproxy)$/;

/** The option taken out of `NODE_OPTIONS`: the debugger of an editor's own terminal. */
const debuggerOption = /\s*--(?:require|import)[= ]\S*js-debug\S*/g;

function isForeign(name: string, env: ExactEnv): boolean {
  const isUnderNpm = env["npm_execpath"] !== undefined || env["npm_lifecycle_event"] !== undefined;
  if (foreign.has(name) || (isUnderNpm && ofNpm.test(name))) return true;
  return foreignPrefixes.some((prefix) => name.startsWith(prefix));
}

type Home = Pick<Ground, "env"> & { readonly repo: Pick<Repo, "mainTop" | "top"> };

/**
 * Builds the environment that a worker's processes, setups and gates start from: the caller's, with
 * its login and settings, but without variables that would nest, redirect or leak, and led to the
 * tree at hand.
 * @param tree where a process is to run; without it, folders of the main checkout leave PATH
 */
export function workerEnvironment(ground: Home, tree?: string): ExactEnv {
  return treeEnvironment(ground, tree).env;
}

/** Builds the same environment, with the names of the variables that were led elsewhere. */
export function treeEnvironment({ env, repo }: Home, tree: string | undefined): TreeEnvironment {
  const kept = Object.fromEntries(
    Object.entries(withoutRedirection(env)).filter(([name]) => !isForeign(name, env)),
  );
  const options = kept["NODE_OPTIONS"]?.replaceAll(debuggerOption, "").trim();
  const others = new Set([repo.mainTop, repo.top, ...spellings(env, repo)]);
  const own = options === undefined ? kept : { ...kept, NODE_OPTIONS: options };
  const { env: led, led: names } =
    tree === undefined
      ? { env: { ...own, PATH: outside(own["PATH"] ?? "", repo.mainTop) }, led: [] }
      : leadTo(own, { tree, others: [...others], resolved });
  // No person is at a terminal: git takes its own messages as they are, and asks for nothing.
  return { env: { ...led, GIT_EDITOR: "true", GIT_TERMINAL_PROMPT: "0" }, led: names };
}

const outside = (path: string, folder: string): string =>
  path
    .split(delimiter)
    .filter((entry) => !isPathWithin(entry, folder))
    .join(delimiter);

function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Lists the tops as the shell spells them, where the way there leads through a link. */
function spellings(env: ExactEnv, { mainTop, top }: Home["repo"]): readonly string[] {
  const shell = env["PWD"];
  if (shell === undefined) return [];
  const there = resolved(shell);
  return [mainTop, top].flatMap((one) => {
    const below = isPathWithin(there, one) ? there.slice(one.length) : undefined;
    if (below === undefined || !shell.endsWith(below)) return [];
    const spelled = shell.slice(0, shell.length - below.length);
    return spelled.startsWith("/") && spelled.length > 1 ? [spelled] : [];
  });
}

/** A variable in the environment of every process that is started for a track. */
export const trackMark = "PLEACH_TRACK";

/** Builds the track's own variables: its ports and its name for containers. */
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

/** Makes a compose name: lower case letters, digits, dashes, underscores, no leading sign. */
function composeName(text: string): string {
  const name = text.toLowerCase().replace(/[^a-z0-9_-]+/g, "-");
  return name.replace(/^[^a-z0-9]+/, "");
}
