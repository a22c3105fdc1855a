import type { Config } from "../../ground/config/config.ts";
import { branchRef, findCommit } from "../../ground/git/refs.ts";
import type { Ground } from "../../ground/ground.ts";
import { parseSha, type Sha } from "../../ground/ids.ts";

/** How long a look at the target stays valid: 1 s, as each landing looks for itself besides. */
const followMs = 1_000;

/** Reads the target's tip; undefined when the target does not exist. */
export const tipOf = (target: string | undefined): Sha | undefined =>
  target === undefined || target === "" ? undefined : parseSha(target);

/** The target's tip, which others may move at any time. */
export class TargetWatch {
  readonly #ground: Ground;
  readonly #config: Config;
  #lookedAt = 0;

  constructor(ground: Ground, config: Config) {
    this.#ground = ground;
    this.#config = config;
  }

  /** Whether it is time to look again. */
  get isDue(): boolean {
    return this.#ground.clock.monotonic() - this.#lookedAt >= followMs;
  }

  /**
   * Reads the target's tip now; empty when there is no such branch.
   * @throws PleachError `git/failed` when the tip cannot be read
   */
  async look(): Promise<string> {
    this.#lookedAt = this.#ground.clock.monotonic();
    return (await findCommit(this.#ground.git, branchRef(this.#config.target))) ?? "";
  }

  /** Reads the target's tip like `look`; undefined when the tip cannot be read. */
  async tryLook(): Promise<string | undefined> {
    return await this.look().catch(() => undefined);
  }
}
