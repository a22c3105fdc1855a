import type { Config } from "../ground/config/config.ts";
import type { Ground } from "../ground/ground.ts";
import { findTarget, hooksNote } from "./target.ts";

/** What was seen of the target so long ago still counts: each landing looks for itself besides. */
const followMs = 1_000;

/** The target's tip, which others may move at any time. */
export class TargetWatch {
  readonly #ground: Ground;
  readonly #config: Config;
  #lookedAt = 0;
  #note: string | undefined;

  constructor(ground: Ground, config: Config) {
    this.#ground = ground;
    this.#config = config;
  }

  /** What is to be said whenever something is put onto it. */
  get note(): string | undefined {
    return this.#note;
  }

  /** Its tip now; empty when there is no such branch. */
  async look(): Promise<string> {
    this.#lookedAt = this.#ground.clock.monotonic();
    const found = await findTarget(this.#ground.git, this.#config.target);
    this.#note = hooksNote(found?.hooks ?? []);
    return found?.tip ?? "";
  }

  /** Its tip; undefined when it was looked at a moment ago. */
  async lookAgain(): Promise<string | undefined> {
    const since = this.#ground.clock.monotonic() - this.#lookedAt;
    return since < followMs ? undefined : await this.look();
  }
}
