/**
 * How near its end a gate has to be to be waited for, and how long beyond its end, as a share of
 * its duration.
 */
const nearness = 0.1;

/**
 * Expects when running gates end. The gates of a queue often take equally long; then it pays to
 * keep a free slot waiting for gates that end in a moment, and to decide with their results. Times
 * are in milliseconds, on a clock that is never set back.
 */
export class GatePace {
  readonly #began = new Map<number, number>();
  /** The shortest and the longest duration of green gates; a red gate may have ended early. */
  #least = Number.POSITIVE_INFINITY;
  #most = 0;

  begin(id: number, now: number): void {
    this.#began.set(id, now);
  }

  end(id: number, how: "green" | "red" | "dropped", now: number): void {
    const began = this.#began.get(id);
    this.#began.delete(id);
    if (began === undefined || how !== "green") return;
    this.#least = Math.min(this.#least, now - began);
    this.#most = Math.max(this.#most, now - began);
  }

  /**
   * Returns until when to wait for gates that are about to end; undefined when there are none, or
   * their end cannot be foretold.
   */
  waitUntil(now: number): number | undefined {
    const usual = (this.#least + this.#most) / 2;
    const near = usual * nearness;
    if (this.#most === 0 || this.#most - this.#least > 2 * near) return undefined;
    const ends = [...this.#began.values()]
      .map((began) => began + usual)
      .filter((end) => Math.abs(end - now) < near)
      .map((end) => Math.floor(end + near) + 1);
    return ends.length === 0 ? undefined : Math.max(...ends);
  }
}
