import type { ExactEnv } from "../../src/ground/proc/run.ts";

/**
 * The environment of a test's children: the test's own, as a value, but for what makes them a
 * worker's where the suite runs as its gate.
 */
export function testEnv(): ExactEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !["PLEACH_TRACK", "PLEACH_WORKER"].includes(entry[0]),
    ),
  );
}
