import { ExitCode, PleachError } from "../errors.ts";
import type { Git } from "../git/git.ts";
import { branchRef, findCommit } from "../git/refs.ts";
import { asBranchName, type BranchName } from "../ids.ts";

/**
 * Finds the branch that work lands on when no configuration names a target: the remote's default
 * branch, if there is a local branch of that name, else the branch of the main checkout.
 * @param git in the main checkout, so that every worktree comes to the same answer
 * @throws PleachError `repo/empty`, `target/none` (exit 4)
 */
export async function defaultTarget(git: Git): Promise<BranchName> {
  const remote = await remoteDefault(git);
  if (remote !== undefined && (await findCommit(git, branchRef(remote))) !== undefined) {
    return remote;
  }
  const current = await git.find(["symbolic-ref", "--quiet", "HEAD"]);
  if (current === undefined) throw detached(git.cwd);
  const branch = asBranchName(current.trim().replace(/^refs\/heads\//, ""));
  if ((await findCommit(git, "HEAD")) === undefined) throw empty(git.cwd, branch);
  return branch;
}

/** Makes sure that a configured target exists. @throws PleachError `target/missing` (exit 4) */
export async function requireTarget(git: Git, target: BranchName, from: string): Promise<void> {
  if ((await findCommit(git, branchRef(target))) !== undefined) return;
  throw new PleachError({
    code: "target/missing",
    message: `${from} names the target ${target}, and there is no such local branch`,
    hint: `make it: git branch -- '${target}', or correct \`target\` in ${from}`,
    exitCode: ExitCode.prerequisite,
  });
}

async function remoteDefault(git: Git): Promise<BranchName | undefined> {
  const args = ["for-each-ref", "--format=%(refname) %(symref)", "refs/remotes/*/HEAD"];
  const heads = (await git.text(args))
    .split("\n")
    .map((line) => /^refs\/remotes\/(.+)\/HEAD refs\/remotes\/\1\/(.+)$/.exec(line))
    .flatMap((match) => (match === null ? [] : [{ remote: match[1], branch: match[2] }]));
  const head =
    heads.find(({ remote }) => remote === "origin") ?? (heads.length === 1 ? heads[0] : undefined);
  return head?.branch === undefined ? undefined : asBranchName(head.branch);
}

function detached(top: string): PleachError {
  return new PleachError({
    code: "target/none",
    message: `${top} has a detached HEAD and no remote that names a default branch: there is no target`,
    hint: 'check out the branch work is to land on (git switch main), or name it in pleach.toml: target = "main"',
    exitCode: ExitCode.prerequisite,
  });
}

function empty(top: string, branch: BranchName): PleachError {
  return new PleachError({
    code: "repo/empty",
    message: `${top} has no commits yet on ${branch}: there is nothing to grow from`,
    hint: "make the first: git add --all && git commit -m 'First'",
    exitCode: ExitCode.prerequisite,
  });
}
