import { createHash } from "node:crypto";
import { mkdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type Change,
  indexChanges,
  isSubmodule,
  isSymlink,
  type TreeEntry,
} from "../../ground/git/changes.ts";
import type { Git } from "../../ground/git/git.ts";
import { findUsers } from "../../ground/proc/find.ts";
import { succeeded } from "../../ground/proc/run.ts";
import { findStats } from "../../ground/stats.ts";
import {
  listInTree,
  readInTree,
  readLinkInTree,
  removeFolderInTree,
  removeInTree,
  statInTree,
} from "../../ground/tree-file.ts";
import type { Checkout, LandingFacts } from "../landing/landing.ts";
import { changesOf, integrationState, type Site } from "../landing/site.ts";
import { moveOf } from "./find-checkouts.ts";

/** How a checkout was found after a landing was killed while bringing it forward. */
export type Mended =
  /** The checkout was brought forward whole. */
  | { readonly kind: "new" }
  /** The checkout is as before the landing, or was put back to that. */
  | { readonly kind: "old" }
  /** Neither: files were edited since. Nothing was touched. */
  | { readonly kind: "torn"; readonly why: string };

/**
 * Mends a checkout by its index. Git writes the files first and the index last: with the new index
 * all files are new; with the old index each file that differs must be the new version, or a
 * beginning of it, to be ours to put back.
 */
export async function mend(
  site: Site,
  checkout: Checkout,
  { facts, begunAt }: { readonly facts: LandingFacts; readonly begunAt: number },
): Promise<Mended> {
  const lock = await clearStaleLock(site, checkout, begunAt);
  if (lock !== undefined) return { kind: "torn", why: lock };
  return await restoreFile(site, checkout, facts);
}

/**
 * Mends a checkout in which git has ended by itself (a full disk, a failing filter): no lock is
 * left.
 */
export async function restoreFile(
  site: Site,
  checkout: Checkout,
  facts: LandingFacts,
): Promise<Mended> {
  const { onto, commit } = moveOf(facts);
  const git = site.git.at(checkout.folder);
  const changes = (await changesOf(site, onto, commit)).filter(
    (change) => change.path !== site.config.tasks,
  );
  const staged = new Map((await indexChanges(git, onto)).map((change) => [change.path, change]));
  const states = changes.map((change) => {
    const found = staged.get(change.path);
    const entry = found === undefined ? change.before : found.after;
    return sameEntry(entry, change.after)
      ? "new"
      : sameEntry(entry, change.before)
        ? "old"
        : "other";
  });
  if (states.every((state) => state === "new")) return { kind: "new" };
  const odd = changes.find((_, at) => states[at] !== "old");
  if (odd !== undefined) return { kind: "torn", why: `${odd.path} is staged` };
  return await restoreOld(git, changes);
}

const sameEntry = (a: TreeEntry | undefined, b: TreeEntry | undefined): boolean =>
  a?.sha === b?.sha && a?.mode === b?.mode;

async function restoreOld(git: Git, changes: readonly Change[]): Promise<Mended> {
  const ours: Change[] = [];
  let edited: string | undefined;
  const written = new Set<string>(changes.filter(({ after }) => after).map(({ path }) => path));
  for (const change of changes) {
    const found = await classify(git, change, written);
    if (found === "foreign") edited ??= change.path;
    if (found === "ours") ours.push(change);
  }
  // Git checks every file before it writes any: an edit that it refused to overwrite came before.
  if (ours.length === 0) return { kind: "old" };
  if (edited !== undefined) return { kind: "torn", why: `${edited} was edited` };
  // The longest paths go first, so that a folder in the place of a file is empty when its turn
  // comes.
  for (const { path } of ours.toSorted((a, b) => b.path.length - a.path.length)) {
    removeOurs(git.cwd, path);
  }
  const back = ours.filter(({ before }) => before !== undefined && !isSubmodule(before));
  if (back.length > 0) {
    const input = back.map(({ path }) => `${path}\0`).join("");
    await git.text(["checkout-index", "--force", "--index", "-z", "--stdin"], { input });
  }
  return { kind: "old" };
}

/**
 * Tells which version of a path is on the disk: the old one, ours (new, or on the way to it), or
 * another.
 */
async function classify(
  git: Git,
  change: Change,
  written: ReadonlySet<string>,
): Promise<"old" | "ours" | "foreign"> {
  const { path, before, after } = change;
  if (isSubmodule(before) || isSubmodule(after)) return "old";
  const stats = statInTree(git.cwd, path);
  if (stats === undefined) return before === undefined ? "old" : "ours";
  if (stats.isDirectory()) {
    // A folder where the old tree has nothing holds other paths of the change; elsewhere only files
    // that we wrote may be in it.
    if (before === undefined) return "old";
    return filesBelow(git.cwd, path).every((inside) => written.has(inside)) ? "ours" : "foreign";
  }
  if (stats.isSymbolicLink()) {
    const link = readLinkInTree(git.cwd, path) ?? Buffer.alloc(0);
    const sha = blobName(link, (before ?? after)?.sha.length ?? 40);
    if (isSymlink(before) && sha === before?.sha) return "old";
    return isSymlink(after) && sha === after?.sha ? "ours" : "foreign";
  }
  if (!stats.isFile()) return "foreign";
  const sha = (
    await git.text(["hash-object", "--stdin-paths"], { input: `${quoted(path)}\n` })
  ).trim();
  const executable = (stats.mode & 0o100n) !== 0n;
  if (sha === before?.sha && executable === (before.mode === "100755")) return "old";
  if (sha === after?.sha || sha === before?.sha) return "ours";
  return after !== undefined && (await isBeginning(git, path, after)) ? "ours" : "foreign";
}

async function isBeginning(git: Git, path: string, after: TreeEntry): Promise<boolean> {
  const result = await git.run(["cat-file", "--filters", `--path=${path}`, after.sha]);
  if (!succeeded(result)) return false;
  const found = readInTree(git.cwd, path, result.stdout.length);
  return found.kind === "file" && result.stdout.subarray(0, found.bytes.length).equals(found.bytes);
}

/** Returns the name git gives a blob, in the hash of the repository. */
function blobName(content: Buffer, length: number): string {
  const hash = createHash(length === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** Quotes a path as git reads it from a line: in C quotes, so that it may contain a line break. */
function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, "\\$&").replace(/\n/g, "\\n")}"`;
}

function filesBelow(top: string, folder: string): readonly string[] {
  return listInTree(top, folder).flatMap((path) =>
    statInTree(top, path)?.isDirectory() === true ? filesBelow(top, path) : [path],
  );
}

/** Removes a folder that holds nothing but folders; fails on any file in it. */
function removeEmpty(top: string, folder: string): void {
  for (const inside of listInTree(top, folder)) removeEmpty(top, inside);
  if (!removeFolderInTree(top, folder)) throw new Error(`${folder} is not empty`);
}

/**
 * Removes a path the landing wrote (its content is in git), and the folders that are empty then.
 */
function removeOurs(top: string, path: string): void {
  const stats = statInTree(top, path);
  if (stats === undefined) return;
  if (stats.isDirectory()) removeEmpty(top, path);
  else removeInTree(top, path);
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
    // The folder is not empty: it stays, and so do the folders above it.
    if (!removeFolderInTree(top, folder)) return;
  }
}

/**
 * Moves the index lock of a killed git aside: the lock is younger than the landing, no process has
 * it open, and no git works in that checkout.
 * @returns why the lock could not be proven stale
 */
async function clearStaleLock(
  site: Site,
  { folder, gitDir }: Checkout,
  begunAt: number,
): Promise<string | undefined> {
  const lock = join(gitDir, "index.lock");
  const stats = findStats(lock);
  if (stats === undefined) return undefined;
  if (statSync(lock).mtimeMs < begunAt) return `${lock} is older than the landing`;
  const users = await findUsers(lock, folder);
  if (users.kind === "unknown") return `whose ${lock} is cannot be told: ${users.why}`;
  if (users.processes.length > 0) return `${lock} is held by process ${users.processes[0]?.pid}`;
  const aside = integrationState(site.ground);
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  renameSync(lock, join(aside, `index.lock-${site.id}`));
  return undefined;
}
