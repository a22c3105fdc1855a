import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Misfortunes } from "../../ground/background.ts";
import type { Ground } from "../../ground/ground.ts";

/** Objects are spread evenly over so many folders, so one of them tells how many there are. */
const folders = 256;
/** So many loose objects are worth a pack. */
const mostLoose = 1_000;
const limitMs = 120_000;

/**
 * Packs loose objects when there are many: each landing leaves a dozen, and as git is not let do so
 * in the middle of ours, nobody else would. Objects that nothing names are packed as well: nothing
 * is pruned, here or ever. Call it while holding the lease of the one who lands.
 */
export class Packing {
  readonly #ground: Ground;
  readonly #misfortunes: Misfortunes;
  #isAtWork = false;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#misfortunes = new Misfortunes(ground.store, "packing loose objects");
  }

  /** Never throws: nothing depends on it. */
  async look(): Promise<void> {
    if (this.#isAtWork || this.#loose() < mostLoose) return;
    this.#isAtWork = true;
    try {
      const { git, repo } = this.#ground;
      const main = git.at(repo.mainTop);
      await main.text(["maintenance", "run", "--quiet", "--task=loose-objects"], {
        timeoutMs: limitMs,
      });
      // Git removes what it has packed at the next turn.
      await main.text(["prune-packed", "--quiet"], { timeoutMs: limitMs });
    } catch (error) {
      this.#misfortunes.say(error);
    } finally {
      this.#isAtWork = false;
    }
  }

  #loose(): number {
    try {
      const sample = join(this.#ground.repo.commonDir, "objects/17");
      return readdirSync(sample).length * folders;
    } catch {
      // Not made yet: then there are few.
      return 0;
    }
  }
}
