import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ExitCode, PleachError } from "../../ground/errors.ts";
import { plainDiff } from "../../ground/git/changes.ts";
import { readStatus } from "../../ground/git/status.ts";
import { listWorktrees } from "../../ground/git/worktrees.ts";
import type { Sha } from "../../ground/ids.ts";
import { type ExactEnv, succeeded } from "../../ground/proc/run.ts";
import { withLease } from "../../ground/store/lease.ts";
import { writeWhole } from "../../ground/whole-file.ts";
import { provision } from "../../grow/worktree/provision.ts";
import { cleanSlot, isSpoiled, markUsed, relink, takeIndex, wipe } from "./clean-slot.ts";
import { copiedStamp, provisioning } from "./gate-environment.ts";
import { integrationState, ownIndexOf, type Site } from "./site.ts";

/**
 * Makes the landing's own worktree if there is none, and cleans it if needed: tracked files as in
 * HEAD, untracked files gone. Ignored files (installed packages, caches) stay as long as every gate
 * there has passed.
 */
export async function prepareIntegration(site: Site, at: Sha): Promise<void> {
  const { folder, slot } = site;
  const { isClean } = slot;
  // From here on the worktree is written to.
  slot.isClean = false;
  if (!existsSync(folder)) return await addIntegration(site, at);
  if (isClean) return;
  relink(site);
  await dropLeftovers(site, site.git.at(folder).gitDir);
  if (isSpoiled(site)) return await wipeIntegration(site, at);
  const { branch, entries } = await readStatus(site.git.at(folder), { untracked: "normal" });
  if (branch !== undefined || entries.length > 0) await cleanSlot(site, undefined);
}

/**
 * Moves the worktree to another commit: cleaned, and made anew when a command ran there that did
 * not pass.
 */
export async function moveIntegration(site: Site, to: Sha): Promise<void> {
  site.slot.isClean = false;
  if (isSpoiled(site)) await wipeIntegration(site, to);
  else await cleanSlot(site, to);
}

/** Empties the worktree: nothing a gate left stays, and installed packages are installed anew. */
async function wipeIntegration(site: Site, at: Sha): Promise<void> {
  rmSync(keyFile(site), { force: true });
  await wipe(site, at);
}

/**
 * The entries that git keeps in its own folder during a rebase or cherry-pick, with the command
 * each belongs to.
 */
const openStates = { "rebase-merge": "rebase", sequencer: "cherry-pick" };

/** Removes leftovers of a killed landing from its own worktree, where no other process works. */
async function dropLeftovers(site: Site, gitDir: string): Promise<void> {
  const index = ownIndexOf(site.ground, site.slot);
  for (const lock of [`${index}.lock`, join(gitDir, "index.lock"), join(gitDir, "HEAD.lock")]) {
    rmSync(lock, { force: true });
  }
  if ((await quitOpen(site, gitDir)) > 0 && !isSpoiled(site)) await cleanSlot(site, undefined);
}

/** Leaves the landing's own worktree as if nothing had been tried. */
export async function abandonIntegration(site: Site): Promise<void> {
  await quitOpen(site, site.git.at(site.folder).gitDir);
  await cleanSlot(site, undefined);
}

/** @returns how many operations were open; an open merge is ended by `reset --hard` */
async function quitOpen(site: Site, gitDir: string): Promise<number> {
  const here = site.git.at(site.folder);
  const open = Object.entries(openStates).filter(([state]) => existsSync(join(gitDir, state)));
  for (const [, command] of open) await here.text([command, "--quit"]);
  return open.length;
}

/** As long as git may need to make a worktree of a large repository, several times. */
const addWaitMs = 120_000;

/** Adds the landing's worktree under a lease: git fails when several are made at a time. */
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
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(keyFile(site), { force: true });
  const add = ["worktree", "add", "--quiet", "--detach", folder, at];
  if (succeeded(await git.run(add))) return await takeIndex(site, at);
  const registered = (await listWorktrees(git)).some((worktree) => worktree.path === folder);
  // Git still knows a worktree whose folder was removed; nothing of it is left to lose.
  if (registered) await git.text(["worktree", "remove", folder]);
  await git.text(add);
  await takeIndex(site, at);
}

const keyFile = ({ ground, slot }: Site): string =>
  join(integrationState(ground), `provisioned-${slot.number}`);

/**
 * Provisions the worktree like a track's, and again when the inputs of the setup differ.
 * @returns why it failed, and whether the track itself changed the inputs of the setup
 */
export async function provisionIntegration(
  site: Site,
  onto: Sha,
  env: ExactEnv,
): Promise<
  { readonly detail: string; readonly ours: boolean; readonly logFile: string } | undefined
> {
  const { config, ground, folder, slot, signal } = site;
  const [inputs, copied] = [await inputEntries(site), await copiedStamp(site)];
  const key = JSON.stringify({ copied, ...provisioning(site), inputs });
  const file = keyFile(site);
  const former = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (former === key) return undefined;
  // Copying overwrites nothing, so copies of files that have changed since have to go first.
  const isStale = former !== "" && !former.startsWith(JSON.stringify({ copied }).slice(0, -1));
  if (isStale) await wipe(site, undefined);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  rmSync(file, { force: true });
  markUsed(site);
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
  // Changes the setup made to tracked files are not part of the tested tree.
  await cleanSlot(site, undefined);
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
