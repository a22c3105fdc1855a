import { dirname, join } from "node:path";
import { type Clock, systemClock } from "./clock.ts";
import type { Fault } from "./fault.ts";
import type { Git } from "./git/git.ts";
import { openRepo, type Repo, type RepoNeed } from "./git/repo.ts";
import type { IdSource } from "./ids.ts";
import { ownIdentity, type ProcessIdentity } from "./proc/identity.ts";
import type { Argv, ExactEnv } from "./proc/run.ts";
import { randomIds } from "./random-ids.ts";
import { openStore, type Store } from "./store/store.ts";

/** The way this process was started; all of it comes from `main.ts`. */
export interface Invocation {
  /** The folder the command is about (`-C`, else the working directory). */
  readonly folder: string;
  readonly env: ExactEnv;
  /** The command that starts this very program again, without arguments: [node, launcher]. */
  readonly pleach: Argv;
  readonly fault: Fault;
}

/** Returns a path of the package that this program was started from, as its launcher sees it. */
export function besideLauncher({ pleach }: Pick<Invocation, "pleach">, path: string): string {
  const [, launcher = ""] = pleach;
  return join(dirname(launcher), path);
}

/** The floor every phase stands on: one repository, its state, and the ports to the world. */
export interface Ground {
  readonly invocation: Invocation;
  readonly env: ExactEnv;
  readonly repo: Repo;
  /** Git at the top of the worktree the command runs in. */
  readonly git: Git;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly self: ProcessIdentity;
  readonly fault: Fault;
}

/**
 * Opens the repository, its state and the ports.
 * @throws PleachError when there is no usable repository, git or state
 */
export async function openGround(
  invocation: Invocation,
  need: RepoNeed = "whole",
): Promise<Ground> {
  const { repo, git } = await openRepo(invocation.folder, invocation.env, need);
  const clock = systemClock;
  return {
    invocation,
    env: invocation.env,
    repo,
    git,
    store: openStore(repo.stateDir, clock),
    clock,
    ids: randomIds,
    self: await ownIdentity(),
    fault: invocation.fault,
  };
}
