import type { EpochMs } from "./clock.ts";

/**
 * Measures the milliseconds since a recorded moment. A moment that lies ahead was recorded before
 * the clock was set back: the time since then is unknown, and no wait may last until the clock gets
 * there again, so the moment counts as endlessly long ago. Not for decisions by which something is
 * deleted.
 */
export const elapsedSince = (moment: EpochMs, now: EpochMs): number =>
  now >= moment ? now - moment : Number.POSITIVE_INFINITY;
