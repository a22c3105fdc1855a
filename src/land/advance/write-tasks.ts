import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { findTaskText } from "../../backlog/merge/files.ts";
import { messageOf } from "../../ground/errors.ts";
import {
  findIndexEntry,
  isSymlink,
  setIndexEntry,
  type TreeEntry,
} from "../../ground/git/changes.ts";
import type { Git } from "../../ground/git/git.ts";
import { asRepoPath, parseSha } from "../../ground/ids.ts";
import { succeeded } from "../../ground/proc/run.ts";
import { oddFile, readInTree, writeInTree } from "../../ground/tree-file.ts";
import type { TrackTask } from "../../track/track.ts";
import type { Checkout, LandingFacts, OwedTick } from "../landing/landing.ts";
import { type Site, tasksOf } from "../landing/site.ts";
import { addOwed, notThere, owedBy, tickSurely } from "../weave/owed.ts";
import { mergeDirtyTasks } from "../weave/task-text.ts";
import { findTasksChange } from "./advance.ts";

/**
 * Merges the landed version into the task files that were dirty, and ticks a task file that git
 * does not have. The landing is done by now: a failed write is reported, and nothing else depends
 * on it.
 */
export async function writeTasks(site: Site, facts: LandingFacts): Promise<Partial<LandingFacts>> {
  const change = await findTasksChange(site, facts);
  const owed: OwedTick[] = [];
  const act = async (write: () => Promise<readonly TrackTask[]>): Promise<void> => {
    try {
      owed.push(...owedBy(site, await write(), notThere));
    } catch (error) {
      owed.push(...owedBy(site, tasksOf(site), `cannot be written: ${messageOf(error)}`));
    }
  };
  for (const checkout of facts.checkouts ?? []) {
    if (checkout.tasks === undefined || change?.after === undefined) continue;
    const sides = { before: change.before, after: change.after };
    await act(async () => await mergeIndex(site, checkout, sides));
    await act(async () => await mergeFile(site, checkout, sides));
  }
  const { looseTasks } = facts;
  if (looseTasks !== undefined) await act(async () => await tickLoose(site, looseTasks));
  return addOwed(site, facts, owed);
}

const none: readonly TrackTask[] = [];

interface Sides {
  readonly before: TreeEntry | undefined;
  readonly after: TreeEntry;
}

/**
 * Merges the task file in the index: the owner's staged changes stay staged, on top of the landed
 * version.
 */
async function mergeIndex(
  site: Site,
  checkout: Checkout,
  sides: Sides,
): Promise<readonly TrackTask[]> {
  const { tasks } = checkout;
  if (tasks?.staged !== true) return none;
  const git = site.git.at(checkout.folder);
  const path = asRepoPath(site.config.tasks);
  const now = await findIndexEntry(git, path);
  // The merge was done before, or the owner has staged the file anew.
  if (now?.sha !== sides.after.sha) return none;
  if (tasks.entry === undefined) {
    await setIndexEntry(git, path, undefined);
    return none;
  }
  const ours = await blob(git, tasks.entry.sha);
  const base = sides.before === undefined ? Buffer.alloc(0) : await blob(git, sides.before.sha);
  const theirs = await blob(git, sides.after.sha);
  const merged = mergeDirtyTasks(path, { base, ours, theirs }, tasksOf(site));
  if (merged === undefined) return tasksOf(site);
  const sha = parseSha(await git.text(["hash-object", "-w", "--stdin"], { input: merged.text }));
  await setIndexEntry(git, path, { mode: tasks.entry.mode, sha });
  return merged.owed;
}

async function mergeFile(
  site: Site,
  { folder }: Checkout,
  sides: Sides,
): Promise<readonly TrackTask[]> {
  const path = asRepoPath(site.config.tasks);
  const file = readInTree(folder, path);
  // The owner has removed the file: that is an edit too.
  if (file.kind === "none") return none;
  if (file.kind === "odd") throw oddFile(folder, file);
  const git = site.git.at(folder);
  const ours = file.bytes;
  const base =
    sides.before === undefined ? Buffer.alloc(0) : await filtered(git, path, sides.before);
  const theirs = await filtered(git, path, sides.after);
  const merged = mergeDirtyTasks(path, { base, ours, theirs }, tasksOf(site));
  if (merged === undefined) return tasksOf(site);
  if (!ours.equals(Buffer.from(merged.text))) writeInTree(folder, path, merged.text);
  return merged.owed;
}

async function blob(git: Git, sha: string): Promise<Buffer> {
  return await bytes(git, ["cat-file", "blob", sha]);
}

/** Reads a blob as it would be checked out: with the line ends and filters of this worktree. */
async function filtered(git: Git, path: string, { sha }: TreeEntry): Promise<Buffer> {
  return await bytes(git, ["cat-file", "--filters", `--path=${path}`, sha]);
}

async function bytes(git: Git, args: readonly string[]): Promise<Buffer> {
  const result = await git.run(args);
  if (!succeeded(result)) throw new Error(result.stderr.toString().trim());
  return result.stdout;
}

async function tickLoose(site: Site, loose: string): Promise<readonly TrackTask[]> {
  const { config } = site;
  const top = loose.slice(0, -`/${config.tasks}`.length);
  const file = await resolveLoose(site.git.at(top), config.tasks);
  const [folder, name] = [dirname(file), basename(file)];
  const found = readInTree(folder, name);
  if (found.kind === "odd") throw oddFile(folder, found);
  if (found.kind === "none") return none;
  const text = findTaskText(found.bytes, config.tasks);
  if (text === undefined) return tasksOf(site);
  const ticked = await tickSurely(site, text);
  if (ticked.text !== text) writeInTree(folder, name, ticked.text);
  return ticked.owed;
}

/**
 * Follows the links that a person has laid; a link that git tracks may have come with a landing.
 */
async function resolveLoose(git: Git, path: string): Promise<string> {
  const parts = path.split("/");
  for (const [at] of parts.entries()) {
    const part = asRepoPath(parts.slice(0, at + 1).join("/"));
    const entry = await findIndexEntry(git, part);
    if (isSymlink(entry)) throw oddFile(git.cwd, { part, what: "a symbolic link in git" });
  }
  return realpathSync(join(git.cwd, path));
}
