import type { Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { findOperation } from "../ground/git/checkout.ts";
import { branchRef, requireCommit, swapRef } from "../ground/git/refs.ts";
import { listWorktrees } from "../ground/git/worktrees.ts";
import type { Ground } from "../ground/ground.ts";
import { succeeded } from "../ground/proc/run.ts";
import type { Upstream } from "./upstream.ts";

type Known = Extract<Upstream, { kind: "known" }>;

/**
 * Fast-forwards the local target to the branch it follows, by git's own fast-forward in the
 * checkout that has it: dirty, untracked and ignored files in the way stop it, and then nothing has
 * changed.
 * @returns whether the target moved
 * @throws PleachError `pull/diverged`, `pull/busy`, `pull/in-the-way` (exit 3)
 */
export async function pullTarget(
  ground: Ground,
  config: Config,
  upstream: Known,
): Promise<boolean> {
  const { target } = config;
  if (upstream.behind === 0) return false;
  if (upstream.ahead > 0) {
    throw refusal("pull/diverged", {
      message: `${target} and ${upstream.name} have diverged (${upstream.ahead} ahead, ${upstream.behind} behind)`,
      hint: `bring them together (git rebase ${upstream.name} ${target}), or run without --pull`,
    });
  }
  const holders = (await listWorktrees(ground.git)).flatMap((worktree) =>
    worktree.kind === "branch" && worktree.branch === target ? [worktree.path] : [],
  );
  const [folder, ...others] = holders;
  if (folder === undefined) return await moveRef(ground, config, upstream);
  const operation =
    others.length > 0 ? "a second checkout" : findOperation(ground.git.at(folder).gitDir);
  if (operation !== undefined) {
    throw refusal("pull/busy", {
      message: `${target} cannot be fast-forwarded in ${folder}: ${operation} is in the way`,
      hint: `finish it there (git -C '${folder}' status says how), or run without --pull`,
    });
  }
  // Merge options that a person has set for this branch would be added to these, or contradict
  // them.
  const own = ["-c", `branch.${target}.mergeOptions=`];
  const args = ["merge", "--ff-only", "--no-overwrite-ignore", "--no-autostash", "--quiet"];
  const result = await ground.git.at(folder).run([...own, ...args, upstream.tip]);
  if (succeeded(result)) return true;
  const why = result.stderr.toString().trim().split("\n").slice(0, 4).join(" ");
  throw refusal("pull/in-the-way", {
    message: `${target} cannot be fast-forwarded in ${folder}: ${why}`,
    hint: `commit or stash what is in the way there (git -C '${folder}' status), or run without --pull`,
  });
}

async function moveRef(
  { git }: Ground,
  { target }: Config,
  { name, tip }: Known,
): Promise<boolean> {
  const ref = branchRef(target);
  const from = await requireCommit(git, ref);
  const swap = await swapRef(git, ref, { from, to: tip, reason: `pleach: pull ${name}` });
  if (swap === "swapped") return true;
  throw refusal("pull/busy", {
    message: `${target} was moved by somebody else meanwhile`,
    hint: "run the same command again",
  });
}

function refusal(
  code: string,
  said: { readonly message: string; readonly hint: string },
): PleachError {
  return new PleachError({ code, ...said, exitCode: ExitCode.needsHuman });
}
