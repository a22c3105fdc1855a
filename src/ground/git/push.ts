import type { BranchName, Sha } from "../ids.ts";
import { succeeded } from "../proc/run.ts";
import type { Git } from "./git.ts";

export type Pushed =
  | { readonly kind: "pushed" }
  /** The remote's branch is not where we left it: nothing was overwritten. */
  | { readonly kind: "taken" }
  | { readonly kind: "failed"; readonly why: string };

/**
 * Pushes a commit to a branch of a remote.
 * @param expected the commit that the branch names there now, null for "there is no branch yet", or
 * undefined for a plain fast-forward
 */
export async function pushCommit(
  git: Git,
  push: {
    readonly remote: string;
    readonly branch: BranchName;
    readonly commit: Sha;
    readonly expected: Sha | null | undefined;
    /** The time limit in milliseconds; a pre-push hook may run a whole test suite. */
    readonly hooksMs: number;
  },
): Promise<Pushed> {
  const { remote, branch, commit, expected } = push;
  const ref = `refs/heads/${branch}`;
  const lease = expected === undefined ? [] : [`--force-with-lease=${ref}:${expected ?? ""}`];
  const args = ["push", "--porcelain", "--no-follow-tags", ...lease, "--", remote];
  const result = await git.run([...args, `${commit}:${ref}`], {
    timeoutMs: push.hooksMs,
    hooks: "user",
  });
  if (succeeded(result)) return { kind: "pushed" };
  const said = `${result.stdout.toString()}\n${result.stderr.toString()}`;
  if (/\[rejected\].*(?:stale info|non-fast-forward|fetch first)/.test(said)) {
    return { kind: "taken" };
  }
  const line = said.split("\n").find((text) => /^!|fatal:|error:|remote:/.test(text));
  return { kind: "failed", why: line ?? "git push gave no reason" };
}
