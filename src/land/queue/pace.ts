/** How near its end a gate has to be to be waited for, and how long beyond it, as a part of its time. */
const nearness = 0.1;

/**
 * When gates that run are about to end. The gates of a queue often take as long as each other; then
 * whoever has a slot free waits for those that end in a moment, and decides with what they tell.
 * Times are in milliseconds, on a clock that is never set back.
 */
export class GatePace {
  readonly #began = new Map<number, number>();
  /** The shortest and the longest of the green ones; what is red may have ended early. */
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

  /** Until when to wait for gates that are about to end; undefined when there are none, or nobody knows. */
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
