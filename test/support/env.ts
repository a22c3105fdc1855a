import type { ExactEnv } from "../../src/ground/proc/run.ts";

/**
 * Builds the environment of a test's children: the test's own, as a value, without the variables
 * that would make them a worker's when the suite runs as its gate.
 */
export function testEnv(): ExactEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !["PLEACH_TRACK", "PLEACH_WORKER"].includes(entry[0]),
    ),
  );
}
