import type { EpochMs } from "./clock.ts";

const dayMs = 86_400_000;
const soonMs = 10 * 60_000;

/**
 * Writes a moment to come as a person reads it from a clock on the wall; with the date when it is
 * not near.
 */
export function formatWhen(at: EpochMs, now: EpochMs): string {
  const date = new Date(at);
  const clock = date.toTimeString().slice(0, at - now < soonMs ? 8 : 5);
  if (date.toDateString() === new Date(now).toDateString()) return `at ${clock}`;
  if (at - now < dayMs) return `at ${clock} tomorrow`;
  return `on ${date.toDateString().slice(4, 10)} at ${clock}`;
}
