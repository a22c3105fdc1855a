import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../ground/errors.ts";
import { hasStaged } from "../../ground/git/changes.ts";
import { type Git, gitFailed } from "../../ground/git/git.ts";
import { hooksFolder, hooksFor } from "../../ground/git/hooks.ts";
import type { Hooks } from "../../ground/git/settings.ts";
import { addAll } from "../../ground/git/snapshot.ts";
import { type RunResult, succeeded } from "../../ground/proc/run.ts";
import { plain, unstyled } from "../../ground/text.ts";
import type { Track } from "../../track/track.ts";
import { dirtyPaths } from "./worktree-facts.ts";

/** The reason why an agent's uncommitted changes were not committed. */
export type NotCommitted =
  /** Refused by a hook of the user's, in its own words: the agent can mend what the hook names. */
  | { readonly kind: "refused"; readonly said: string }
  /** The user's hooks took longer than they may. */
  | { readonly kind: "slow"; readonly limitMs: number }
  /** The supervisor was asked to end meanwhile. */
  | { readonly kind: "cancelled" }
  | { readonly kind: "failed"; readonly why: string };

export interface CommitLimits {
  readonly hooksMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Commits an agent's uncommitted changes, for agents that cannot commit themselves; the user's
 * hooks run as for any commit.
 * @returns the reason why nothing was committed; undefined when nothing is left to commit
 */
export async function commitLeftovers(
  git: Git,
  track: Track,
  limits: CommitLimits,
): Promise<NotCommitted | undefined> {
  const here = git.at(track.worktree);
  try {
    if ((await dirtyPaths(here)).length === 0) return undefined;
    await addAll(here, {});
    // The remaining changes lie in a repository inside, which only its agent can commit.
    if (!(await hasStaged(here))) return undefined;
    const [first = track.name, ...others] = track.tasks.map((task) => task.text);
    const body = others.length === 0 ? "" : `\n\n${others.map((text) => `- ${text}`).join("\n")}`;
    const hooks = await hooksFor(here);
    const committed = await here.run(commit, {
      ...{ input: `${first}${body}\n`, hooks, terminal: "none", timeoutMs: limits.hooksMs },
      ...(limits.signal === undefined ? {} : { signal: limits.signal }),
    });
    return succeeded(committed) ? undefined : await readFailure(here, committed, { hooks, limits });
  } catch (error) {
    return { kind: "failed", why: messageOf(error) };
  }
}

const commit = ["commit", "--quiet", "--file=-"];

async function readFailure(
  git: Git,
  result: RunResult,
  { hooks, limits }: { readonly hooks: Hooks; readonly limits: CommitLimits },
): Promise<NotCommitted> {
  const { ending, stdout, stderr } = result;
  if (ending.kind === "cancelled") return { kind: "cancelled" };
  if (ending.kind === "timed-out") return { kind: "slow", limitMs: limits.hooksMs };
  const said = `${stdout.toString()}\n${stderr.toString()}`;
  if (hooks === "user" && ending.kind === "exited" && (await isRefusal(git, ending.code, said))) {
    return { kind: "refused", said: excerpt(plain(unstyled(said)).trim()) };
  }
  return { kind: "failed", why: gitFailed(git.cwd, commit, result).message };
}

/** The hooks that may refuse a commit. */
const asked = ["pre-commit", "prepare-commit-msg", "commit-msg"];

/** Whether a hook refused a commit: git itself ends with 128 when it cannot make a commit. */
async function isRefusal(git: Git, code: number, said: string): Promise<boolean> {
  if (code !== 1) return /aborted by hook/.test(said);
  const folder = await hooksFolder(git);
  return folder !== undefined && asked.some((name) => isProgram(join(folder, name)));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const [headLength, tailLength] = [1_500, 3_000];

/** Cuts out a text's beginning and end: a linter says most at first, a test runner at last. */
function excerpt(text: string): string {
  if (text === "") return "(it said nothing)";
  if (text.length <= headLength + tailLength) return text;
  return `${text.slice(0, headLength)}\n…\n${text.slice(-tailLength)}`;
}
