import type { ExactEnv } from "../../src/ground/proc/run.ts";

/** The environment of a test's children: the test's own, as a value. */
export function testEnv(): ExactEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}
