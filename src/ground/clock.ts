import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";

/** Milliseconds since 1970, wall clock. */
export type EpochMs = number;

/** Time is a port: decisions get `now` passed in, waits go through `sleep`. */
export interface Clock {
  now(): EpochMs;
  /**
   * Milliseconds that only grow, for durations and limits. Time in which this process did not run
   * (it was stopped, or held up) is no patience it has had, and is not counted.
   */
  monotonic(): number;
  /** Resolves after `ms` of that time, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** How often the clock is looked at while anything waits. */
const beatMs = 1_000;
/** Between two looks nothing ran when there is more than this. */
const gapMs = 2_500;

let lookedAt = performance.now();
let lostMs = 0;
let beats = false;

function running(): number {
  const now = performance.now();
  if (!beats) setInterval(running, beatMs).unref();
  beats = true;
  if (now - lookedAt > gapMs) lostMs += now - lookedAt - beatMs;
  lookedAt = now;
  return now - lostMs;
}

/** Milliseconds that pass also while nothing of this process runs, for who holds it up himself. */
export const passed = (): number => performance.now();

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: running,
  async sleep(ms, signal) {
    const until = running() + ms;
    for (let left = ms; left > 0 && signal?.aborted !== true; left = until - running()) {
      const options = signal === undefined ? {} : { signal };
      await wait(Math.min(left, beatMs), undefined, options).catch(() => undefined);
    }
    // What has come while nothing ran is heard before a limit counts as passed.
    if (signal?.aborted !== true) await nextTurn();
  },
};
