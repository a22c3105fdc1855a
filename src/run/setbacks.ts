import { Misfortunes } from "../ground/background.ts";
import { ExitCode, isDiskFault, PleachError } from "../ground/errors.ts";
import type { Store } from "../ground/store/store.ts";

/** Waits after each look that failed in a row, in milliseconds. */
const waits = [1_000, 2_000, 5_000, 10_000, 30_000] as const;

/** The failed looks of a run: a git that gave no answer once is no reason to end the run. */
export class Setbacks {
  readonly #misfortunes: Misfortunes;
  #inARow = 0;

  constructor(store: Store) {
    this.#misfortunes = new Misfortunes(store, "a look at the tracks");
  }

  /** Notes that a look has worked. */
  over(): void {
    this.#inARow = 0;
  }

  /**
   * Takes a look's error.
   * @returns the milliseconds until the next look
   * @throws the error itself when it is a person's to mend, or comes again and again
   */
  take(error: unknown): number {
    const wait = waits[this.#inARow];
    if (wait === undefined || isForPerson(error)) throw error;
    this.#inARow += 1;
    this.#misfortunes.say(error);
    return wait;
  }
}

/** Whether the disk is at fault: then the run can record nothing more, and has to end. */
export const isOfDisk = (error: unknown): boolean =>
  isDiskFault(error) || (error instanceof PleachError && error.code === "store/unusable");

/**
 * Whether only a person can mend an error: waiting mends only a git that was ended or not heard.
 */
const isForPerson = (error: unknown): boolean =>
  isDiskFault(error) || (error instanceof PleachError && error.exitCode !== ExitCode.failed);
