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

/** How a checkout was found after a landing was killed while it was brought forward. */
export type Mended =
  /** Brought forward whole. */
  | { readonly kind: "new" }
  /** As before the landing, or put back to that: what was half done is undone. */
  | { readonly kind: "old" }
  /** Neither: somebody has changed these since. Nothing was touched. */
  | { readonly kind: "torn"; readonly why: string };

/**
 * Git writes the files first and the index last. So the index says how far it came: with the new
 * index all is new; with the old one each file that differs must be the new one, or a beginning of
 * it, to be ours to put back.
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

/** The same where git has ended by itself (a full disk, a failing filter): it leaves no lock. */
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
  // Git looks at everything before it writes: an edit it refused to overwrite came before.
  if (ours.length === 0) return { kind: "old" };
  if (edited !== undefined) return { kind: "torn", why: `${edited} was edited` };
  // Deepest first, so that a folder that stands where a file was is empty when its turn comes.
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

/** Whose content a path has on the disk: the old one, ours (new, or on the way to it), or another. */
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
    // Where the old tree has none, it holds others of its paths; else only what we wrote may be in it.
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

/** The name git gives a blob, in the hash of the repository. */
function blobName(content: Buffer, length: number): string {
  const hash = createHash(length === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** As git reads a path from a line: in C quotes, so that a line break can be in it. */
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

/** Removes what the landing wrote (its content is in git), and the folders that are empty then. */
function removeOurs(top: string, path: string): void {
  const stats = statInTree(top, path);
  if (stats === undefined) return;
  if (stats.isDirectory()) removeEmpty(top, path);
  else removeInTree(top, path);
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
    // Not empty: it stays, and so do those above it.
    if (!removeFolderInTree(top, folder)) return;
  }
}

/**
 * Moves the index lock of a killed git aside: it is younger than the landing, nothing has it open,
 * and no git works in that checkout.
 * @returns why it could not be proven stale
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
