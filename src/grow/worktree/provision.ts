import { appendFile, mkdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../ground/clock.ts";
import type { Config } from "../../ground/config/config.ts";
import { includeFile } from "../../ground/config/consent.ts";
import { messageOf } from "../../ground/errors.ts";
import type { Git } from "../../ground/git/git.ts";
import { updateSubmodules } from "../../ground/git/submodules.ts";
import { runLine } from "../../ground/proc/line.ts";
import { describeEnding, type Ending, type ExactEnv } from "../../ground/proc/run.ts";
import { plainLine } from "../../ground/text.ts";
import { statInTree } from "../../ground/tree-file.ts";
import { copyTree } from "./copy-tree.ts";

export interface ProvisionOptions {
  /** The worktree to make ready. */
  readonly folder: string;
  /** The checkout that has the files git does not carry: the top of the main worktree. */
  readonly from: string;
  /** The file for the output of every setup command; its folder is made. */
  readonly logFile: string;
  readonly env: ExactEnv;
  readonly signal?: AbortSignal;
}

export type Provisioned =
  | { readonly kind: "ready"; readonly seconds: number }
  | {
      readonly kind: "failed";
      readonly step: ProvisionStep;
      /** A single line for people, with the command when it was one. */
      readonly detail: string;
      readonly logFile: string;
    };

export type ProvisionStep = "submodules" | "copy" | "clone" | "setup";

interface ProvisionGround {
  readonly git: Git;
  readonly clock: Clock;
}

/**
 * Makes a worktree ready to run the project: submodules as far as they can be had, the files of
 * `.worktreeinclude` and `copy`, the folders of `clone`, and the `setup` commands. Tracks and the
 * landing's own worktree use it alike, and it can be run again: present files stay.
 */
export async function provision(
  ground: ProvisionGround,
  config: Config["worktrees"],
  options: ProvisionOptions,
): Promise<Provisioned> {
  const { clock } = ground;
  const startedAt = clock.monotonic();
  await mkdir(dirname(options.logFile), { recursive: true, mode: 0o700 });
  const steps: readonly (readonly [ProvisionStep, () => Promise<string | undefined>])[] = [
    ["submodules", async () => await fillSubmodules(ground, options)],
    ["copy", async () => await copyFiles(ground, config, options)],
    ["clone", async () => await cloneFolders(ground, config, options)],
    ["setup", async () => await runSetup(ground, config, options)],
  ];
  for (const [step, act] of steps) {
    const failure = await act().catch(messageOf);
    if (failure === undefined) continue;
    return { kind: "failed", step, detail: failure, logFile: options.logFile };
  }
  return { kind: "ready", seconds: (clock.monotonic() - startedAt) / 1_000 };
}

/** Fills submodules as far as possible, as the network may be away; failures stand in the log. */
async function fillSubmodules(
  { git }: ProvisionGround,
  options: ProvisionOptions,
): Promise<undefined> {
  for (const { path, problem } of await updateSubmodules(git.at(options.folder))) {
    await note(options, `submodule ${plainLine(path)} is not filled: ${problem}`);
  }
}

async function copyFiles(
  { git }: ProvisionGround,
  config: Config["worktrees"],
  options: ProvisionOptions,
): Promise<undefined> {
  await copyMatching(git, copyPatterns(config, options.from), options);
}

/**
 * Builds the arguments by which git lists the files to copy out of a checkout; none for no files.
 */
export function copyPatterns(
  { copy }: Pick<Config["worktrees"], "copy">,
  from: string,
): readonly string[] {
  // As the person consented to it: a link there, or a pipe, names nothing.
  const included = statInTree(from, includeFile)?.isFile() === true;
  return [
    ...(included ? [`--exclude-from=${join(from, includeFile)}`] : []),
    ...copy.map((pattern) => `--exclude=${pattern}`),
  ];
}

async function cloneFolders(
  { git }: ProvisionGround,
  config: Config["worktrees"],
  options: ProvisionOptions,
): Promise<undefined> {
  const patterns = config.clone.map((pattern) => `--exclude=${pattern}`);
  await copyMatching(git, patterns.length === 0 ? [] : ["--directory", ...patterns], options);
}

/** Copies the untracked files that one of the patterns (in the syntax of .gitignore) matches. */
async function copyMatching(
  git: Git,
  patterns: readonly string[],
  options: ProvisionOptions,
): Promise<void> {
  if (patterns.length === 0) return;
  const list = ["ls-files", "-z", "--others", "--ignored", ...patterns];
  const matching = await git.at(options.from).fields(list);
  const places = {
    from: await realpath(options.from),
    into: await realpath(options.folder),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  for (const path of matching) {
    const plain = path.replace(/\/$/, "");
    // A repository in the repository has worktrees and locks of its own: not ours to copy.
    if (statInTree(places.from, `${plain}/.git`) !== undefined) {
      await note(options, `${plainLine(plain)} is a repository of its own and is not copied`);
    } else {
      await copyTree(plain, places);
    }
  }
}

async function runSetup(
  { clock }: ProvisionGround,
  config: Config["worktrees"],
  options: ProvisionOptions,
): Promise<string | undefined> {
  const until = clock.monotonic() + config.setupTimeoutMs;
  for (const line of config.setup) {
    const { ending } = await runLine(line, {
      clock,
      cwd: options.folder,
      env: options.env,
      logFile: options.logFile,
      timeoutMs: Math.max(1, until - clock.monotonic()),
      leftovers: "keep",
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (!isSuccess(ending)) return `\`${line}\`: ${describeEnding(ending)}`;
  }
  return undefined;
}

/**
 * Runs the `teardown` commands of a worktree that goes away: each, even after one has failed.
 * @returns one line for each that failed
 */
export async function teardown(
  { clock }: Pick<ProvisionGround, "clock">,
  config: Config["worktrees"],
  options: Omit<ProvisionOptions, "from">,
): Promise<readonly string[]> {
  if (config.teardown.length > 0) {
    await mkdir(dirname(options.logFile), { recursive: true, mode: 0o700 });
  }
  const failures: string[] = [];
  for (const line of config.teardown) {
    const { ending } = await runLine(line, {
      clock,
      cwd: options.folder,
      env: options.env,
      logFile: options.logFile,
      timeoutMs: config.setupTimeoutMs,
      leftovers: "end",
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (!isSuccess(ending)) failures.push(`\`${line}\`: ${describeEnding(ending)}`);
  }
  return failures;
}

function isSuccess(ending: Ending): boolean {
  return ending.kind === "exited" && ending.code === 0;
}

async function note(options: ProvisionOptions, line: string): Promise<void> {
  await appendFile(options.logFile, `# ${line}\n`, { mode: 0o600 });
}
