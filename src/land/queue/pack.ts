import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Misfortunes } from "../../ground/background.ts";
import type { Ground } from "../../ground/ground.ts";

/**
 * The number of folders over which git spreads objects evenly, so that one folder tells how many
 * objects there are.
 */
const folders = 256;
/** The number of loose objects from which on a pack is worthwhile. */
const mostLoose = 1_000;
const limitMs = 120_000;

/**
 * Packs loose objects when there are many: each landing leaves a dozen, and git, which is kept from
 * packing in the middle of a landing, would never do so. Objects that nothing names are packed as
 * well: nothing is pruned, here or ever. Call it while holding the lease for landing.
 */
export class Packing {
  readonly #ground: Ground;
  readonly #misfortunes: Misfortunes;
  #isAtWork = false;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#misfortunes = new Misfortunes(ground.store, "packing loose objects");
  }

  /** Packs when there is reason to. Never throws: nothing depends on it. */
  async look(): Promise<void> {
    if (this.#isAtWork || this.#loose() < mostLoose) return;
    this.#isAtWork = true;
    try {
      const { git, repo } = this.#ground;
      const main = git.at(repo.mainTop);
      await main.text(["maintenance", "run", "--quiet", "--task=loose-objects"], {
        timeoutMs: limitMs,
      });
      // Git itself removes the objects it has packed only at the next turn.
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
      // The folder is not there yet, so there are few objects.
      return 0;
    }
  }
}
