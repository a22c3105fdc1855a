import { existsSync } from "node:fs";
import { join } from "node:path";
import { assertNever } from "../../ground/errors.ts";
import { type Change, findIndexEntry } from "../../ground/git/changes.ts";
import { findBranchUnderWay, findOperation } from "../../ground/git/checkout.ts";
import { readStatus, type StatusEntry } from "../../ground/git/status.ts";
import { type ListedWorktree, listWorktrees } from "../../ground/git/worktrees.ts";
import { asRepoPath, type Sha } from "../../ground/ids.ts";
import { encoded, hasOddBytes, plainLine } from "../../ground/text.ts";
import { listInTree, statInTree } from "../../ground/tree-file.ts";
import type { Checkout, LandingFacts, LandingVerdict } from "../landing/landing.ts";
import { changesOf, needsHuman, type Site, targetMoved, tasksOf } from "../landing/site.ts";
import { type CheckoutObstacle, type Disk, findInTheWay, findObstacle } from "./obstacles.ts";

/** The two tips between which a landing moves the target. */
export interface Move {
  readonly onto: Sha;
  readonly commit: Sha;
}

export function moveOf({ onto, commit }: LandingFacts): Move {
  if (onto === undefined || commit === undefined) throw new Error("there is nothing to land yet");
  return { onto, commit };
}

type WithFolder = Exclude<ListedWorktree, { kind: "bare" }>;

/** Looks at every checkout of the target; changes nothing. A single obstacle stops the landing. */
export async function findCheckouts(
  site: Site,
  facts: LandingFacts,
): Promise<Partial<LandingFacts>> {
  const move = moveOf(facts);
  const { git, config, ground } = site;
  const worktrees = (await listWorktrees(git)).filter((one) => one.kind !== "bare");
  const changes = await changesOf(site, move.onto, move.commit);
  const checkouts: Checkout[] = [];
  for (const worktree of worktrees) {
    if (!concerns(site, worktree)) continue;
    if (hasOddBytes(worktree.path)) return { verdict: outOfReach(site, worktree) };
    if (!hasGit(worktree.path)) return { verdict: missing(site, worktree) };
    if (worktree.kind === "branch" && worktree.head !== move.onto) {
      return {
        verdict: targetMoved(`${config.target} is not at ${move.onto.slice(0, 10)} any more`),
      };
    }
    const looked = await lookAt(site, worktree, changes);
    if (looked.kind === "obstacle") return { verdict: obstacleVerdict(site, looked.obstacle) };
    checkouts.push(looked.checkout);
  }
  const file = join(ground.repo.top, config.tasks);
  const tracked = changes.some((change) => change.path === config.tasks);
  const loose = !tracked && (await isLoose(site, file)) ? { looseTasks: file } : {};
  return { checkouts, ...loose };
}

const hasGit = (folder: string): boolean => existsSync(encoded(join(folder, ".git")));

/**
 * Whether a worktree has the target checked out, or will again when its operation under way is
 * over.
 */
function concerns({ git, config }: Site, worktree: WithFolder): boolean {
  if (worktree.kind === "branch") return worktree.branch === config.target;
  if (!hasGit(worktree.path)) return false;
  return findBranchUnderWay(git.at(worktree.path).gitDir) === config.target;
}

type Looked =
  | { readonly kind: "obstacle"; readonly obstacle: CheckoutObstacle }
  | { readonly kind: "free"; readonly checkout: Checkout };

async function lookAt(
  site: Site,
  { path: folder }: WithFolder,
  changes: readonly Change[],
): Promise<Looked> {
  const { git, config } = site;
  const { gitDir } = git.at(folder);
  const operation = findOperation(gitDir);
  const status =
    operation === undefined ? (await readStatus(git.at(folder), { untracked: "no" })).entries : [];
  // The task file is merged even where git does not have it yet and a file of its name lies there.
  const others = changes.filter((change) => change.path !== config.tasks);
  const inTheWay = operation === undefined ? findInTheWay(others, diskOf(folder)) : [];
  const obstacle = findObstacle({ folder, operation, status, inTheWay }, changes, config.tasks);
  if (obstacle !== undefined) return { kind: "obstacle", obstacle };
  const tasks = await dirtyTasks(site, folder, { changes, status });
  if (tasks.kind === "obstacle") return tasks;
  const dirty = tasks.tasks === undefined ? {} : { tasks: tasks.tasks };
  return { kind: "free", checkout: { folder, gitDir, ...dirty } };
}

/**
 * Finds how the task file stands in a checkout, when both the landing and its owner have changed
 * it.
 */
async function dirtyTasks(
  { git, config }: Site,
  folder: string,
  {
    changes,
    status,
  }: { readonly changes: readonly Change[]; readonly status: readonly StatusEntry[] },
): Promise<
  | { readonly kind: "obstacle"; readonly obstacle: CheckoutObstacle }
  | { readonly kind: "free"; readonly tasks: Checkout["tasks"] }
> {
  const change = changes.find(({ path }) => path === config.tasks);
  const entry = status.find(({ path }) => path === config.tasks);
  const kind = diskOf(folder).kindOf(config.tasks);
  const untracked = change !== undefined && change.before === undefined && kind !== "none";
  if (change === undefined || (entry === undefined && !untracked)) {
    return { kind: "free", tasks: undefined };
  }
  const isFile = [change.before, change.after].every((at) => at?.mode.startsWith("100") !== false);
  const plain = kind === "none" || statInTree(folder, config.tasks)?.isFile() === true;
  if (change.after === undefined || !isFile || !plain) {
    return { kind: "obstacle", obstacle: { kind: "dirty", folder, paths: [config.tasks] } };
  }
  const indexed = await findIndexEntry(git.at(folder), asRepoPath(config.tasks));
  const staged = entry?.staged === true;
  const tasks = indexed === undefined ? { staged } : { entry: indexed, staged };
  return { kind: "free", tasks };
}

/**
 * Whether git does not track the task file: then it is ticked where it lies, in the checkout the
 * command runs in.
 */
async function isLoose(site: Site, file: string): Promise<boolean> {
  const { git, ground, config } = site;
  if (tasksOf(site).length === 0 || !existsSync(file)) return false;
  const tracked = await findIndexEntry(git.at(ground.repo.top), asRepoPath(config.tasks));
  return tracked === undefined;
}

export function diskOf(folder: string): Disk {
  const kindOf = (path: string): "none" | "file" | "folder" => {
    const stats = statInTree(folder, path);
    if (stats === undefined) return "none";
    return stats.isDirectory() ? "folder" : "file";
  };
  const below = (path: string): readonly string[] =>
    listInTree(folder, path).flatMap((inside) =>
      kindOf(inside) === "folder" ? [...below(inside), ...emptyFolder(inside)] : [inside],
    );
  const emptyFolder = (path: string): readonly string[] =>
    listInTree(folder, path).length === 0 ? [path] : [];
  return { kindOf, below };
}

function outOfReach({ config, track }: Site, worktree: WithFolder): LandingVerdict {
  const where = plainLine(worktree.path);
  return needsHuman("dirty-target", {
    detail: `${config.target} is checked out in ${where}, whose name is not UTF-8, so nothing can be brought there`,
    hint: `give that folder another name (git worktree move), or switch it to another branch; then pleach land ${track.name}`,
  });
}

function missing({ config, track }: Site, worktree: WithFolder): LandingVerdict {
  return needsHuman("dirty-target", {
    detail: `${config.target} is checked out in ${plainLine(worktree.path)}, and that folder is not there`,
    hint: `bring it back, or let git forget it: git worktree prune; then pleach land ${track.name}`,
  });
}

function obstacleVerdict({ config, track }: Site, obstacle: CheckoutObstacle): LandingVerdict {
  const { folder, kind } = obstacle;
  const again = `then: pleach land ${track.name}`;
  if (kind === "operation") {
    return needsHuman("target-busy", {
      detail: `a ${obstacle.operation} of ${config.target} is under way in ${folder}`,
      hint: `finish it (git -C '${folder}' status says how), ${again}`,
    });
  }
  const { paths } = obstacle;
  const named = `${paths.slice(0, 4).map(plainLine).join(", ")}${paths.length > 4 ? ", …" : ""}`;
  switch (kind) {
    case "unmerged":
      return needsHuman("target-busy", {
        detail: `${folder} has conflicts that are not resolved: ${named}`,
        hint: `resolve them (git -C '${folder}' status), ${again}`,
        paths,
      });
    case "dirty":
      return needsHuman("dirty-target", {
        detail: `${folder} has uncommitted changes in what would land: ${named}`,
        hint: `commit or stash them there: git -C '${folder}' stash; ${again}`,
        paths,
      });
    case "in-the-way":
      return needsHuman("dirty-target", {
        detail: `in ${folder} something lies where the landing adds a file: ${named}`,
        hint: `move it out of ${folder}; ${again}`,
        paths,
      });
    default:
      return assertNever(kind);
  }
}
