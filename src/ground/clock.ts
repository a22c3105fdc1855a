import { setTimeout as wait } from "node:timers/promises";

/** Milliseconds since 1970, wall clock. */
export type EpochMs = number;

/** Time is a port: decisions get `now` passed in, waits go through `sleep`. */
export interface Clock {
  now(): EpochMs;
  /** Monotonic milliseconds, for durations only. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};
