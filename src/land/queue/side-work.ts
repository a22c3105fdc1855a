/**
 * Work that the queue has begun and does not wait for. A failure is kept until `check` throws it.
 */
export class SideWork {
  readonly #wake: () => void;
  #underway = 0;
  #failed: { readonly error: unknown } | undefined;

  /** @param wake told whenever a piece of work is over */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  get underway(): number {
    return this.#underway;
  }

  start(work: () => Promise<void>): void {
    this.#underway += 1;
    void work()
      .catch((error: unknown) => {
        this.#failed ??= { error };
      })
      .finally(() => {
        this.#underway -= 1;
        this.#wake();
      });
  }

  /** @throws the first error that any of the work has thrown */
  check(): void {
    if (this.#failed !== undefined) throw this.#failed.error;
  }
}
