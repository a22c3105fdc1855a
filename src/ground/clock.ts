import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";

/** Milliseconds since 1970, wall clock. */
export type EpochMs = number;

/** The time as a port: decisions get `now` passed in, waits go through `sleep`. */
export interface Clock {
  now(): EpochMs;
  /**
   * Milliseconds that only grow, for durations and limits. Time in which this process did not run
   * (stopped, or held up) does not count: the process has not waited through it.
   */
  monotonic(): number;
  /** Resolves after `ms` of monotonic time, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The interval at which the clock is read while anything waits, in milliseconds. */
const beatMs = 1_000;
/** The gap between two readings, in milliseconds, beyond which this process did not run. */
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

/**
 * Milliseconds that pass also while this process does not run, for a caller that holds it up
 * itself.
 */
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
    // Events that came while this process did not run are handled before a limit counts as passed.
    if (signal?.aborted !== true) await nextTurn();
  },
};
