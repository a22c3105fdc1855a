/** What the queue has begun and does not wait for. None of it fails where nobody hears of it. */
export class SideWork {
  readonly #wake: () => void;
  #underway = 0;
  #failed: { readonly error: unknown } | undefined;

  /** @param wake told when one of them is over */
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

  /** @throws what the first of them has thrown that did */
  check(): void {
    if (this.#failed !== undefined) throw this.#failed.error;
  }
}
