import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, PleachError } from "../errors.ts";
import { readBlobs } from "../git/blobs.ts";
import type { Git } from "../git/git.ts";
import { branchRef } from "../git/refs.ts";
import type { Repo } from "../git/repo.ts";
import { asBranchName, type BranchName } from "../ids.ts";
import type { ExactEnv } from "../proc/run.ts";
import type { Config, ConfigSource } from "./config.ts";
import { fillConfig } from "./fill.ts";
import { parseWritten } from "./parse.ts";
import { defaultTarget, requireTarget } from "./target.ts";
import { homeFolder, userConfigFile } from "./user-files.ts";
import type { WrittenConfig } from "./written.ts";

export const configFile = "pleach.toml";

interface Found {
  readonly target: BranchName;
  readonly source: ConfigSource;
  readonly written: WrittenConfig;
}

/**
 * Reads the configuration of a repository from the target's tip, never from a track or an edited
 * checkout: the judge of the work is not part of the work. The single exception is a file that was
 * never committed (`pleach init` has just written it): the main checkout's file counts until there
 * is a file on the target, and `source` says so.
 * @throws PleachError `config/invalid`, `repo/empty`, `target/none`, `target/missing`
 */
export async function loadConfig(ground: {
  readonly git: Git;
  readonly repo: Repo;
  readonly env: ExactEnv;
}): Promise<Config> {
  const { repo, env } = ground;
  const git = ground.git.at(repo.mainTop);
  const user = userDefaults(env);
  const found = await findWritten(git, repo, user.target);
  return fillConfig(found.written, user, {
    target: found.target,
    source: found.source,
    mainTop: repo.mainTop,
    repoName: repo.name,
    home: homeFolder(env),
  });
}

function userDefaults(env: ExactEnv): WrittenConfig {
  const file = userConfigFile(env);
  const text = textOf(file);
  return text === undefined ? {} : parseWritten(text, file);
}

async function findWritten(git: Git, repo: Repo, usersTarget: string | undefined): Promise<Found> {
  const unnamed = await bootstrapTarget(git, repo, usersTarget);
  const first = await atTip(git, repo, unnamed);
  const named = first.written.target;
  if (named === undefined || named === unnamed) return first;
  const target = asBranchName(named);
  await requireTarget(git, target, configFile);
  const second = await atTip(git, repo, target);
  // A target without a file of its own is configured by the file that named it.
  if (second.source.kind === "defaults") return { ...first, target };
  return { ...second, target, written: { ...second.written, target } };
}

/**
 * Finds the branch to look at first: an uncommitted file may name the target even on a detached
 * HEAD.
 */
async function bootstrapTarget(
  git: Git,
  repo: Repo,
  usersTarget: string | undefined,
): Promise<BranchName> {
  if (usersTarget !== undefined) {
    await requireTarget(git, asBranchName(usersTarget), "your own config.toml");
    return asBranchName(usersTarget);
  }
  try {
    return await defaultTarget(git);
  } catch (error) {
    if (!(error instanceof PleachError) || error.code !== "target/none") throw error;
    const here = inCheckout(repo);
    const named = here === undefined ? undefined : parseWritten(here, configFile).target;
    if (named === undefined) throw error;
    await requireTarget(git, asBranchName(named), configFile);
    return asBranchName(named);
  }
}

async function atTip(git: Git, repo: Repo, target: BranchName): Promise<Found> {
  const [committed, head] = await texts(git, [
    `${branchRef(target)}:${configFile}`,
    `HEAD:${configFile}`,
  ]);
  const here = inCheckout(repo);
  if (committed !== undefined) {
    const written = parseWritten(committed, `${target}:${configFile}`);
    const edited = here !== undefined && here !== committed && head === committed;
    return { target, written, source: { kind: "committed", branch: target, edited } };
  }
  if (here !== undefined && head === undefined) {
    const path = join(repo.mainTop, configFile);
    return {
      target,
      written: parseWritten(here, configFile),
      source: { kind: "uncommitted", path },
    };
  }
  return { target, written: {}, source: { kind: "defaults" } };
}

function inCheckout(repo: Repo): string | undefined {
  return textOf(join(repo.mainTop, configFile));
}

/** Reads the text of a file; undefined where there is none, or in a folder that is closed to us. */
function textOf(file: string): string | undefined {
  try {
    return statSync(file).isFile() ? readFileSync(file, "utf8") : undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (["ENOENT", "ENOTDIR", "EACCES", "ELOOP"].includes(String(code))) return undefined;
    throw error;
  }
}

/** Reads the texts of files named by revision; undefined for files that are not there. */
async function texts(git: Git, names: readonly string[]): Promise<readonly (string | undefined)[]> {
  const found = await readBlobs(git, names);
  return found.map((content, index) => {
    if (content === "missing") return undefined;
    if (content === "not-a-file") throw unreadable(names[index] ?? configFile);
    return content.toString();
  });
}

function unreadable(name: string): PleachError {
  return new PleachError({
    code: "config/unreadable",
    message: `the configuration ${name} is not a file`,
    hint: `see what is there: git show '${name}'`,
    exitCode: ExitCode.prerequisite,
  });
}
