import { basename, join, resolve } from "node:path";
import { ExitCode, PleachError } from "../errors.ts";
import type { ExactEnv, RunResult } from "../proc/run.ts";
import { findByFiles } from "./by-files.ts";
import { Git } from "./git.ts";
import { Placements } from "./placement.ts";
import { type ListedWorktree, listWorktrees } from "./worktrees.ts";

/** The places of a repository's parts. All paths are absolute and real. */
export interface Repo {
  /** The top of the worktree the command runs in. */
  readonly top: string;
  /**
   * The top of the main worktree: the checkout the user calls "the repository". Where the main
   * worktree is bare, the worktree that has its HEAD's branch stands for it, else the worktree the
   * command runs in.
   */
  readonly mainTop: string;
  /** `$GIT_COMMON_DIR`, shared by all worktrees. */
  readonly commonDir: string;
  /** The folder of Pleach's state: never tracked, never in the way. */
  readonly stateDir: string;
  /** The last part of `mainTop`, for names. */
  readonly name: string;
}

const minimum = [2, 39] as const;

/**
 * The questions in this order: a bare repository answers the first two, and no repository none of
 * them.
 */
const where = ["--is-bare-repository", "--git-common-dir", "--show-toplevel"] as const;

function asFailure(error: unknown): PleachError {
  if (error instanceof PleachError) return error;
  throw error;
}

/**
 * The needed part of a repository: `whole`, or `state` for Pleach's own state in it, which is
 * readable also when git cannot read the repository's configuration.
 */
export type RepoNeed = "whole" | "state";

/**
 * Finds the repository around a folder. A checkout stays a checkout when its configuration calls it
 * bare.
 * @throws PleachError `git/missing`, `git/old`, `repo/none`, `repo/bare`, `repo/damaged` (exit 4)
 */
export async function openRepo(
  folder: string,
  env: ExactEnv,
  need: RepoNeed = "whole",
): Promise<{ readonly repo: Repo; readonly git: Git }> {
  const git = new Git(folder, env);
  // Side by side: every command waits for these three.
  const [version, places, worktrees] = await Promise.all([
    git.run(["version"]),
    git.run(["rev-parse", "--path-format=absolute", ...where]),
    listWorktrees(git).catch((error: unknown) => asFailure(error)),
  ]);
  checkVersion(version);
  const [bare, commonDir, asked] = places.stdout.toString().replace(/\n$/, "").split("\n");
  const found = bare === "false" ? undefined : findByFiles(folder);
  if (commonDir === undefined) {
    const said = places.stderr.toString();
    if (found === undefined || !damaged.test(said)) throw noRepo(folder, said);
    if (need === "whole") throw damagedRepo(found.commonDir, said);
    return opened(env, { ...found, mainTop: found.mainTop ?? found.top });
  }
  const here = bare === "true" ? found?.top : asked;
  if (here === undefined) throw bareRepo(commonDir);
  if (worktrees instanceof PleachError) throw worktrees;
  const mainTop = await mainCheckout(git, worktrees, { here, commonDir });
  return opened(env, { top: here, mainTop, commonDir: resolve(folder, commonDir) });
}

function opened(
  env: ExactEnv,
  places: Pick<Repo, "top" | "mainTop" | "commonDir">,
): { readonly repo: Repo; readonly git: Git } {
  const { top, mainTop, commonDir } = places;
  const repo: Repo = { ...places, stateDir: join(commonDir, "pleach"), name: basename(mainTop) };
  return {
    repo,
    git: new Git(top, env, { placements: new Placements({ commonDir, mainTop, top }) }),
  };
}

/** Git's words for a configuration that it cannot read, or does not understand. */
const damaged =
  /bad (?:\w+ )?config|unknown repository extension|expected git repo version|unable to access '[^']*config'/;

function damagedRepo(commonDir: string, said: string): PleachError {
  return new PleachError({
    code: "repo/damaged",
    message: `git cannot read the configuration of ${commonDir}: ${said.trim().split("\n")[0]}`,
    hint: `mend ${join(commonDir, "config")}, or pleach doctor --restore-config (as it was when workers started); pleach stop works meanwhile`,
    exitCode: ExitCode.prerequisite,
  });
}

async function mainCheckout(
  git: Git,
  worktrees: readonly ListedWorktree[],
  { here, commonDir }: { readonly here: string; readonly commonDir: string },
): Promise<string> {
  const [main] = worktrees;
  if (main !== undefined && main.kind !== "bare") return main.path;
  const asked = await git.run([
    "--git-dir",
    commonDir,
    "symbolic-ref",
    "--quiet",
    "--short",
    "HEAD",
  ]);
  const branch = asked.stdout.toString().trimEnd();
  const holder = worktrees.find((one) => one.kind === "branch" && one.branch === branch);
  return holder === undefined || holder.kind === "bare" || holder.missing ? here : holder.path;
}

function checkVersion(asked: RunResult): void {
  if (asked.ending.kind === "failed-to-start") {
    throw new PleachError({
      code: "git/missing",
      message: `git cannot be started: ${asked.ending.why}`,
      hint: "install git 2.39 or newer and put it on PATH",
      exitCode: ExitCode.prerequisite,
    });
  }
  const text = asked.stdout.toString().trim();
  const [, major, minor] = /(\d+)\.(\d+)/.exec(text) ?? [];
  const version = [Number(major), Number(minor)] as const;
  if (version[0] > minimum[0] || (version[0] === minimum[0] && version[1] >= minimum[1])) return;
  throw new PleachError({
    code: "git/old",
    message: `this is ${text}, and pleach needs git ${minimum.join(".")} or newer`,
    hint: "upgrade git",
    exitCode: ExitCode.prerequisite,
  });
}

function noRepo(folder: string, said: string): PleachError {
  const why = said.trim().split("\n")[0] ?? "";
  return new PleachError({
    code: "repo/none",
    message: `${folder} is not in a git repository that can be read (${why})`,
    hint: "run it in a checkout, or name one: pleach -C <dir> …",
    exitCode: ExitCode.prerequisite,
  });
}

function bareRepo(commonDir: string): PleachError {
  return new PleachError({
    code: "repo/bare",
    message: `${commonDir} is bare: there is no checkout to work in`,
    hint: `make one: git -C '${commonDir}' worktree add ../checkout, and run pleach in it`,
    exitCode: ExitCode.prerequisite,
  });
}
