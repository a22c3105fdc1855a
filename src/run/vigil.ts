import { statSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../ground/config/config.ts";
import { readStatus } from "../ground/git/status.ts";
import type { Ground } from "../ground/ground.ts";
import { openPrograms } from "../ground/program.ts";
import { openWorkers } from "../grow/worker-store.ts";
import {
  changedNames,
  type Fingerprint,
  fingerprint,
  rememberFingerprint,
} from "./doctor/fingerprint.ts";

/*
 * Nothing keeps an agent from writing outside its worktree: the user may allow it that, and the
 * repository's own `.git` has to be writable for its commits. So what it should leave alone is
 * looked at whenever a worker has ended, and what has changed is said; it may have been the user.
 */

/** What agents should leave alone, as it was at one moment. */
interface Sight {
  /** `.git/config` and hooks. */
  readonly repository: Fingerprint;
  /** What is not committed in the user's own checkout. */
  readonly checkout: Fingerprint;
}

const workerEnds: ReadonlySet<string> = new Set(["worker.ended", "worker.killed", "worker.lost"]);

/** Watches over one run. */
export class Vigil {
  readonly #ground: Ground;
  readonly #config: Config;
  #before: Sight | undefined;
  #cursor: number;
  readonly #notes: string[] = [];

  constructor(ground: Ground, config: Config) {
    this.#ground = ground;
    this.#config = config;
    this.#cursor = ground.store.lastSeq();
  }

  /** Remembers how things are; what workers of an earlier run have changed stays visible to the doctor. */
  async begin(): Promise<void> {
    if (openWorkers(this.#ground.store).length === 0) await rememberFingerprint(this.#ground);
    this.#before = await this.#look();
  }

  /** Looks again if a worker has ended since the last look, and tells the journal what has changed. */
  async look(): Promise<void> {
    const { store } = this.#ground;
    // While a landing is on its way, its own half of the work shows in the checkout.
    if (this.#before === undefined || openPrograms(store, "land").length > 0) return;
    const seen = store.lastSeq();
    const ended = store.events(this.#cursor).findLast(({ type }) => workerEnds.has(type));
    if (ended === undefined) return;
    const now = await this.#look();
    if (openPrograms(store, "land").length > 0) return;
    this.#cursor = seen;
    this.#tell("repository.changed", changedNames(this.#before.repository, now.repository));
    this.#tell("checkout.changed", changedNames(this.#before.checkout, now.checkout));
    this.#before = now;
  }

  /** What was found, a sentence each. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  #tell(type: "repository.changed" | "checkout.changed", names: readonly string[]): void {
    if (names.length === 0) return;
    const { store, repo } = this.#ground;
    store.transaction(() => store.append({ type, paths: names }));
    const where = type === "repository.changed" ? `${repo.commonDir}` : repo.mainTop;
    this.#notes.push(
      `while workers grew, this changed in ${where}, by you or by an agent: ${names.join(", ")}`,
    );
  }

  async #look(): Promise<Sight> {
    return {
      repository: await fingerprint(this.#ground),
      checkout: await checkoutFingerprint(this.#ground, this.#config),
    };
  }
}

async function checkoutFingerprint(
  { git, repo }: Pick<Ground, "git" | "repo">,
  config: Config,
): Promise<Fingerprint> {
  const { entries } = await readStatus(git.at(repo.mainTop), { untracked: "normal" });
  return Object.fromEntries(
    entries
      // People work on their backlog all the time, and landings tick it.
      .filter(({ path }) => path !== config.tasks)
      .map(({ path, kind, staged }) => [path, `${kind}/${staged}/${ageOf(repo.mainTop, path)}`]),
  );
}

function ageOf(top: string, path: string): string {
  const stat = statSync(join(top, path), { throwIfNoEntry: false });
  return stat === undefined ? "gone" : `${stat.mtimeMs}/${stat.size}`;
}
