import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type BytePath, onDisk } from "../../ground/git/byte-path.ts";
import { plainDiff } from "../../ground/git/changes.ts";
import { indexEntries } from "../../ground/git/index-entries.ts";
import { findRegistration } from "../../ground/git/registration.ts";
import { readStatus } from "../../ground/git/status.ts";
import { parseSha, type Sha } from "../../ground/ids.ts";
import { run, succeeded } from "../../ground/proc/run.ts";
import { decoded } from "../../ground/text.ts";
import { writeWhole } from "../../ground/whole-file.ts";
import { foreign, integrationState, ownIndexOf, type Site } from "./site.ts";

/*
 * A gate runs code that a track brings, so nothing that the gate can write is evidence: the landing
 * keeps an index of its own, which no gate is shown, and tells by it how the worktree differs from
 * the commit. Of a gate that has not passed, or was broken off, nothing stays.
 */

const markFile = ({ ground, slot }: Site): string =>
  join(integrationState(ground), `used-${slot.number}`);

/** Remembers, across a kill as well, that commands of a track have begun to run in the worktree. */
export function markUsed(site: Site): void {
  site.slot.isClean = false;
  mkdirSync(integrationState(site.ground), { recursive: true, mode: 0o700 });
  writeWhole(markFile(site), `${site.id}\n`);
}

/**
 * Removes the mark of `markUsed`: all commands have passed, and their leftovers may stay for the
 * next gate.
 */
export function markPassed(site: Site): void {
  rmSync(markFile(site), { force: true });
}

/** Whether a command ran in the worktree that did not pass, or whose end was not seen. */
export const isSpoiled = (site: Site): boolean =>
  existsSync(markFile(site)) || !existsSync(ownIndexOf(site.ground, site.slot));

/** Restores a worktree's `.git` file that was removed or replaced. */
export function relink({ ground, folder }: Site): void {
  const known = findRegistration(ground.repo.commonDir, folder);
  if (known === undefined || lstatSync(folder).isSymbolicLink()) throw foreign(folder);
  if (known.folder === "there" && lstatSync(join(folder, ".git")).isFile()) return;
  rmSync(join(folder, ".git"), { recursive: true, force: true });
  writeFileSync(join(folder, ".git"), `gitdir: ${known.admin}\n`, { flag: "wx" });
}

/**
 * Empties the worktree, whatever lies in it (repositories, ignored files, files whose index entry
 * is marked), and checks a commit out anew: the commit of HEAD when none is given.
 */
export async function wipe(site: Site, at: Sha | undefined): Promise<void> {
  relink(site);
  const here = site.git.at(site.folder);
  forgetIndex(site);
  // With an empty index every file is untracked, so repositories below tracked folders go too.
  await here.text(["read-tree", "--empty"]);
  const clean = ["clean", "-ffdxq"];
  if (!succeeded(await here.run(clean))) {
    await run(["chmod", "-R", "u+rwX", site.folder], {
      ...{ cwd: dirname(site.folder), env: site.ground.env, timeoutMs: chmodTimeoutMs },
    });
    await here.text(clean);
  }
  await resetTo(site, at ?? (await woven(site)));
  markPassed(site);
}

/**
 * Resets the worktree to a commit. HEAD is detached first: a reset would move the branch that a
 * gate may have checked out.
 */
async function resetTo(site: Site, at: Sha): Promise<void> {
  const here = site.git.at(site.folder);
  await here.text(["update-ref", "--no-deref", "HEAD", at]);
  await here.text(["reset", "--quiet", "--hard", at]);
  await showIndex(site);
}

const chmodTimeoutMs = 120_000;

/** Reads the content of a new worktree into an index of the landing's own. */
export async function takeIndex(site: Site, at: Sha): Promise<void> {
  forgetIndex(site);
  markPassed(site);
  await site.git.at(site.folder).text(["read-tree", at]);
  await resetTo(site, at);
}

function forgetIndex({ ground, slot }: Site): void {
  mkdirSync(integrationState(ground), { recursive: true, mode: 0o700 });
  rmSync(ownIndexOf(ground, slot), { force: true });
  rmSync(`${ownIndexOf(ground, slot)}.lock`, { force: true });
}

/** Takes back every difference from the commit; ignored files stay. */
export async function cleanSlot(site: Site, at: Sha | undefined): Promise<void> {
  const here = site.git.at(site.folder);
  await resetTo(site, at ?? (await woven(site)));
  await here.text(["clean", "-ffdq"]);
}

const woven = async ({ git, folder }: Site): Promise<Sha> =>
  parseSha(await git.at(folder).text(["rev-parse", "HEAD"]));

/** Copies the landing's index to where any other git looks for it: a gate's or a person's. */
export async function showIndex({ ground, git, folder, slot }: Site): Promise<void> {
  const shown = join(git.at(folder).gitDir, "index");
  await copyFile(ownIndexOf(ground, slot), `${shown}.new`);
  renameSync(`${shown}.new`, shown);
  rmSync(`${shown}.lock`, { force: true });
}

export interface SlotLook {
  /**
   * Tracked paths that differ from the commit; `HEAD` and the index that a gate was shown count.
   */
  readonly changed: readonly string[];
  /** Whether nothing else is there either, ignored files left out. */
  readonly isClean: boolean;
}

/** Looks at the worktree by the landing's own index: whether it is the commit, and nothing else. */
export async function lookAtSlot(site: Site, commit: Sha): Promise<SlotLook> {
  const here = site.git.at(site.folder);
  const { head, branch, entries } = await readStatus(here, { untracked: "normal" });
  const written = entries.filter(({ kind }) => kind !== "untracked").map(({ path }) => path);
  const isThere = head === commit && branch === undefined;
  const changed = isThere ? written : ["HEAD", ...written];
  return { changed, isClean: isThere && entries.length === 0 };
}

/** Finds the paths that a gate has staged, or names the index when it cannot be read any more. */
export async function stagedByGate(site: Site, commit: Sha): Promise<readonly string[]> {
  const here = site.git.at(site.folder);
  const args = ["diff-index", "--cached", "--name-only", "-z", ...plainDiff, commit];
  const env = { GIT_INDEX_FILE: join(here.gitDir, "index") };
  const result = await here.run(args, { env });
  if (!succeeded(result)) return ["the index"];
  return decoded(result.stdout).split("\0").filter(Boolean);
}

/** Whether a repository was begun in a folder that git tracks: git itself passes over it. */
export async function hasStrayRepository(site: Site): Promise<boolean> {
  const here = site.git.at(site.folder);
  const folders = new Set<string>();
  for (const { path } of await indexEntries(here, {})) {
    for (let at = dirname(path); at !== "." && !folders.has(at); at = dirname(at)) folders.add(at);
  }
  return [...folders].some((folder) =>
    existsSync(onDisk(site.folder, `${folder}/.git` as BytePath)),
  );
}
