import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { plainDiff } from "../ground/git/changes.ts";
import { gitDirOf } from "../ground/git/checkout.ts";
import { trueObjects, withoutRedirection } from "../ground/git/settings.ts";
import { readStatus } from "../ground/git/status.ts";
import { listWorktrees } from "../ground/git/worktrees.ts";
import type { Sha, TrackName } from "../ground/ids.ts";
import { type ExactEnv, succeeded } from "../ground/proc/run.ts";
import { withLease } from "../ground/store/lease.ts";
import { writeWhole } from "../ground/whole-file.ts";
import { allocatePorts } from "../grow/ports.ts";
import { provision } from "../grow/provision.ts";
import { integrationName, integrationState, programMark, type Site } from "./site.ts";

/**
 * Makes the landing's own worktree if there is none, and clean if it is not: what git tracks as in
 * HEAD, untracked files gone, ignored ones (installed packages, caches) kept.
 */
export async function prepareIntegration(site: Site, at: Sha): Promise<void> {
  const { folder, git, slot } = site;
  const { isClean } = slot;
  // From here on it is written to.
  slot.isClean = false;
  if (!existsSync(join(folder, ".git"))) return await addIntegration(site, at);
  if (isClean) return;
  const gitDir = gitDirOf(folder);
  if (!gitDir.startsWith(join(site.ground.repo.commonDir, "worktrees"))) throw foreign(folder);
  await dropLeftovers(site, gitDir);
  const here = git.at(folder);
  const { entries } = await readStatus(here, { untracked: "normal" });
  if (entries.length > 0) await cleanIntegration(site, undefined);
}

/** `reset --hard` and `clean -fd` in the landing's own worktree; ignored files stay. */
export async function cleanIntegration(site: Site, at: Sha | undefined): Promise<void> {
  const here = site.git.at(site.folder);
  await here.text(["reset", "--quiet", "--hard", ...(at === undefined ? [] : [at])]);
  await here.text(["clean", "-fdq"]);
}

/** What git keeps in its own folder while it puts commits on top of others, and whose that is. */
const openStates = { "rebase-merge": "rebase", sequencer: "cherry-pick" };

/** What a killed landing may have left in its own worktree, where nobody else works. */
async function dropLeftovers(site: Site, gitDir: string): Promise<void> {
  rmSync(join(gitDir, "index.lock"), { force: true });
  rmSync(join(gitDir, "HEAD.lock"), { force: true });
  if ((await quitOpen(site, gitDir)) > 0) await cleanIntegration(site, undefined);
}

/** Leaves the landing's own worktree as if nothing had been tried. */
export async function abandonIntegration(site: Site): Promise<void> {
  await quitOpen(site, site.git.at(site.folder).gitDir);
  await cleanIntegration(site, undefined);
}

/** @returns how many there were; a merge that is open ends with `reset --hard` */
async function quitOpen(site: Site, gitDir: string): Promise<number> {
  const here = site.git.at(site.folder);
  const open = Object.entries(openStates).filter(([state]) => existsSync(join(gitDir, state)));
  for (const [, command] of open) await here.text([command, "--quit"]);
  return open.length;
}

/** As long as git may need to make a worktree of a large repository, several times. */
const addWaitMs = 120_000;

/** One worktree is made at a time: git trips over itself where several are. */
async function addIntegration(site: Site, at: Sha): Promise<void> {
  const add = async (): Promise<void> => await addAlone(site, at);
  const held = await withLease(site.ground, "worktrees", { waitMs: addWaitMs }, add);
  if (held.kind === "held") return;
  throw new PleachError({
    code: "land/worktrees-busy",
    message: `another process (${held.owner.pid}) has been making a worktree for two minutes`,
    hint: `wait for it, then: pleach land ${site.track.name}`,
    exitCode: ExitCode.failed,
  });
}

async function addAlone(site: Site, at: Sha): Promise<void> {
  const { folder, git } = site;
  if (existsSync(folder)) throw foreign(folder);
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(keyFile(site), { force: true });
  const add = ["worktree", "add", "--quiet", "--detach", folder, at];
  if (succeeded(await git.run(add))) return;
  const registered = (await listWorktrees(git)).some((worktree) => worktree.path === folder);
  // Git still knows one whose folder somebody has removed; nothing of it is left to lose.
  if (registered) await git.text(["worktree", "remove", folder]);
  await git.text(add);
}

function foreign(folder: string): PleachError {
  return new PleachError({
    code: "land/folder-taken",
    message: `${folder} is where landings are put together, and something else lies there`,
    hint: `move it away, or set another worktrees.root in pleach.toml`,
    exitCode: ExitCode.prerequisite,
  });
}

const keyFile = ({ ground, slot }: Site): string =>
  join(integrationState(ground), `provisioned-${slot.number}`);

/**
 * Provisions the worktree like a track's, and again when what the setup depends on differs.
 * @returns why it failed, and whether the track itself changed what the setup depends on
 */
export async function provisionIntegration(
  site: Site,
  onto: Sha,
  env: ExactEnv,
): Promise<
  { readonly detail: string; readonly ours: boolean; readonly logFile: string } | undefined
> {
  const { config, ground, folder, slot, signal } = site;
  const { setup, setupInputs, copy, clone } = config.worktrees;
  const inputs = await inputEntries(site);
  const key = JSON.stringify({ setup, setupInputs, copy, clone, inputs });
  const file = keyFile(site);
  if (existsSync(file) && readFileSync(file, "utf8") === key) return undefined;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  rmSync(file, { force: true });
  const logFile = join(integrationState(ground), `setup-${slot.number}.log`);
  const result = await provision({ git: site.git, clock: ground.clock }, config.worktrees, {
    folder,
    from: ground.repo.mainTop,
    logFile,
    env,
    ...(signal === undefined ? {} : { signal }),
  });
  if (result.kind === "failed") {
    const ours = await changesInputs(site, onto);
    return { detail: `${result.step}: ${result.detail}`, ours, logFile };
  }
  // What the setup wrote into tracked files is not part of what is tested.
  await cleanIntegration(site, undefined);
  writeWhole(file, key);
  return undefined;
}

const inputGlobs = ({ config }: Site): readonly string[] =>
  config.worktrees.setupInputs.map((pattern) => `:(glob)${pattern}`);

async function inputEntries(site: Site): Promise<readonly string[]> {
  const globs = inputGlobs(site);
  if (globs.length === 0) return [];
  return await site.git.at(site.folder).fields(["ls-files", "-s", "-z", "--", ...globs]);
}

async function changesInputs(site: Site, onto: Sha): Promise<boolean> {
  const globs = inputGlobs(site);
  if (globs.length === 0) return false;
  const args = ["diff", "--quiet", ...plainDiff, onto, "--", ...globs];
  return !(await site.git.at(site.folder).holds(args));
}

/**
 * The environment of the gate: the user's, with ports of the worktree's own and the landing's mark,
 * the same for every track, so that the result belongs to the tree alone.
 */
export async function gateEnvironment(site: Site): Promise<ExactEnv> {
  const { ground, id, config, slot } = site;
  const name = integrationName(slot.number);
  const env = Object.entries(withoutRedirection(ground.env));
  const kept = env.filter(([name]) => !name.startsWith("PLEACH_"));
  const { base } = await allocatePorts(ground.store, name as TrackName, config.worktrees.ports);
  return {
    CI: "true",
    ...Object.fromEntries(kept),
    PLEACH_PORT: String(base),
    ...trueObjects,
    COMPOSE_PROJECT_NAME: `${composeName(ground.repo.name)}-${name.slice(1)}`,
    [programMark]: id,
  };
}

const composeName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9_-]/g, "-");
