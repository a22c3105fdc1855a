import { existsSync } from "node:fs";
import { appendFile, mkdir, readFile, realpath, rename, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../../ground/clock.ts";
import { ExitCode, messageOf, PleachError } from "../../ground/errors.ts";
import type { Git } from "../../ground/git/git.ts";
import { branchRef, deleteRef } from "../../ground/git/refs.ts";
import type { Repo } from "../../ground/git/repo.ts";
import { listWorktrees } from "../../ground/git/worktrees.ts";
import type { BranchName, Sha } from "../../ground/ids.ts";
import { endAll } from "../../ground/proc/end.ts";
import { findTree } from "../../ground/proc/find.ts";
import { describeEnding, succeeded } from "../../ground/proc/run.ts";
import { findCollision, isPathWithin } from "../../track/branch-name.ts";

/** The branch and worktree to be made. */
export interface Cut {
  readonly branch: BranchName;
  readonly worktree: string;
  readonly base: Sha;
}

interface CutGround {
  readonly git: Git;
  readonly repo: Repo;
  readonly clock: Clock;
}

const addTimeoutMs = 600_000;
/** The mark of the git that creates and of its hooks, to find them if their caller was killed. */
export const cutMark = "PLEACH_CUT";

/**
 * Refuses a cut that cannot be made, before anything is touched. Call it while holding the lease.
 * @throws PleachError `worktree/root-inside`, `worktree/in-the-way`, `branch/taken`
 */
export async function requireFree({ git, repo }: CutGround, cut: Cut): Promise<void> {
  const [worktrees, refs] = await Promise.all([
    listWorktrees(git),
    git.text(["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/"]),
  ]);
  const root = await realFolder(dirname(cut.worktree));
  const tops = [repo.mainTop, repo.commonDir, ...worktrees.map((worktree) => worktree.path)];
  const around = tops.find((top) => isPathWithin(root, top));
  if (around !== undefined) {
    throw new PleachError({
      code: "worktree/root-inside",
      message: `the worktree root ${root} is inside ${around}, where tools would mix the two up`,
      hint: 'set worktrees.root in pleach.toml to a folder outside, for example "../{repo}.trees"',
      exitCode: ExitCode.usage,
    });
  }
  const registered = worktrees.find(
    ({ path }) => path.toLowerCase() === cut.worktree.toLowerCase(),
  );
  if (registered !== undefined) throw inTheWay(registered.path, "is already a worktree");
  if (existsSync(cut.worktree)) throw inTheWay(cut.worktree, "exists already");
  const collision = findCollision(cut.branch, refs.split("\n").filter(Boolean));
  if (collision !== undefined) {
    throw new PleachError({
      code: "branch/taken",
      message:
        collision.kind === "same"
          ? `the branch ${collision.branch} exists already`
          : `the branch ${cut.branch} cannot be made beside the branch ${collision.branch}`,
      hint: `choose another track name, or rename it: git branch -m ${collision.branch} <new-name>`,
      exitCode: ExitCode.failed,
    });
  }
}

function inTheWay(path: string, how: string): PleachError {
  return new PleachError({
    code: "worktree/in-the-way",
    message: `${path} ${how}`,
    hint: "choose another track name, or move it out of the way",
    exitCode: ExitCode.failed,
  });
}

/** Finds the real path of a folder that may not exist yet. */
async function realFolder(folder: string): Promise<string> {
  if (existsSync(folder)) return await realpath(folder);
  return join(await realFolder(dirname(folder)), basename(folder));
}

/**
 * Makes the branch and the worktree, and checks that they are as asked for.
 * @param mark found in the environment of all processes started here
 * @returns the reason when it failed; `discardWorktree` then removes the remains
 */
export async function addWorktree(
  { git, repo }: CutGround,
  cut: Cut,
  mark: string,
): Promise<string | undefined> {
  try {
    await excludeOwnFiles(repo);
    await mkdir(dirname(cut.worktree), { recursive: true });
  } catch (error) {
    return messageOf(error);
  }
  const added = await git.run(
    ["worktree", "add", "--no-track", "-b", cut.branch, cut.worktree, cut.base],
    { timeoutMs: addTimeoutMs, env: { [cutMark]: mark }, hooks: "user" },
  );
  if (!succeeded(added)) {
    const said = added.stderr.toString().trim().split("\n").slice(-4).join("; ");
    const hook = existsSync(join(cut.worktree, ".git")) ? " (a post-checkout hook may be why)" : "";
    return `git worktree add: ${describeEnding(added.ending)}${hook}: ${said}`;
  }
  return await findDifference({ git, repo }, cut);
}

/** Says in which way the worktree differs from the request; undefined when it is right. */
async function findDifference(
  { git, repo }: Pick<CutGround, "git" | "repo">,
  cut: Cut,
): Promise<string | undefined> {
  const asked = await git
    .at(cut.worktree)
    .run([
      ...["rev-parse", "--path-format=absolute", "--show-toplevel", "--git-common-dir", "HEAD"],
      ...["--symbolic-full-name", "HEAD"],
    ]);
  if (!succeeded(asked)) return `git cannot read it: ${asked.stderr.toString().trim()}`;
  const [top, commonDir, head, ref] = asked.stdout.toString().trimEnd().split("\n");
  if (top !== (await realpath(cut.worktree))) return `its top is ${top}, not ${cut.worktree}`;
  if (commonDir !== repo.commonDir) return `it belongs to ${commonDir}, not to ${repo.commonDir}`;
  if (ref !== branchRef(cut.branch)) return `it is on ${ref}, not on ${cut.branch} (a hook?)`;
  if (head !== cut.base) return `it is at ${head}, not at ${cut.base} (a hook?)`;
  return undefined;
}

/** Keeps `.pleach/` out of every `git status`, without touching a tracked file. */
async function excludeOwnFiles({ commonDir }: Repo): Promise<void> {
  const file = join(commonDir, "info/exclude");
  const present = await readFile(file, "utf8").catch(() => "");
  if (present.split("\n").includes("/.pleach/")) return;
  await mkdir(dirname(file), { recursive: true });
  const gap = present === "" || present.endsWith("\n") ? "" : "\n";
  await appendFile(file, `${gap}/.pleach/\n`);
}

/**
 * Undoes a creation in which no agent has worked: ends all processes still creating, removes the
 * worktree and the branch. A folder with files unknown to git is moved to `.dropped`, not deleted;
 * a branch that has left the base stays.
 * @returns the parts that could not be undone, one line each
 */
export async function discardWorktree(
  { git, clock }: CutGround,
  cut: Cut,
  mark: string,
): Promise<readonly string[]> {
  const find = async () => await findTree({ name: cutMark, value: mark });
  const ended = await endAll(find, { clock, graceMs: 5_000, limitMs: 5_000 });
  if (ended.kind !== "gone") return [`what creates ${cut.worktree} could not be ended`];
  const left: string[] = [];
  // The path was free when this creation began: a worktree registered there now is of its making,
  // whatever branch a hook may have put it on.
  const isThere = (await listWorktrees(git)).some(({ path }) => path === cut.worktree);
  if (isThere && !(await unregister(git, cut.worktree, clock))) {
    left.push(`${cut.worktree} could not be removed`);
  }
  // A folder git made and did not get to fill; `rmdir` refuses when there is anything in it.
  if (existsSync(cut.worktree)) await rmdir(cut.worktree).catch(() => undefined);
  if ((await deleteRef(git, branchRef(cut.branch), cut.base)) === "moved") {
    left.push(`${cut.branch} has commits and was kept`);
  }
  return left;
}

async function unregister(git: Git, worktree: string, clock: Clock): Promise<boolean> {
  // Git locks a worktree while making it.
  await git.run(["worktree", "unlock", worktree]);
  if (succeeded(await git.run(["worktree", "remove", worktree]))) return true;
  const dropped = join(dirname(worktree), ".dropped");
  await mkdir(dropped, { recursive: true });
  await rename(worktree, join(dropped, `${basename(worktree)}-${clock.now()}`));
  return succeeded(await git.run(["worktree", "remove", worktree]));
}
