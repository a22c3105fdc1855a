import type { Ground } from "../../ground/ground.ts";
import type { Worker } from "../../worker/worker.ts";
import { recordWorker } from "../../worker/worker-store.ts";

/**
 * A count of the words of an agent that this version does not understand; the first is told at
 * once.
 */
export class MisheardCount {
  readonly #ground: Pick<Ground, "store" | "clock">;
  readonly #worker: Pick<Worker, "id" | "track">;
  #isSaid = false;
  #count = 0;
  #sample = "";

  constructor(ground: Pick<Ground, "store" | "clock">, worker: Pick<Worker, "id" | "track">) {
    this.#ground = ground;
    this.#worker = worker;
  }

  /**
   * Counts one piece of output.
   * @param raw the piece itself; its beginning is kept
   */
  add(source: "stream" | "hook" | "transcript", raw: string): void {
    this.#count += 1;
    this.#sample = `${source}: ${raw.slice(0, 200)}`;
    if (!this.#isSaid) this.#say();
  }

  /** Tells of the rest. */
  close(): void {
    if (this.#count > 0) this.#say();
  }

  #say(): void {
    const { id, track } = this.#worker;
    const count = this.#count;
    recordWorker(
      this.#ground,
      { track, worker: id },
      { type: "worker.misheard", count, sample: this.#sample },
    );
    this.#isSaid = true;
    this.#count = 0;
  }
}
