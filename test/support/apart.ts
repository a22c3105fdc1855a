import { join } from "node:path";
import type { Argv, ExactEnv } from "../../src/ground/proc/run.ts";
import { testEnv } from "./env.ts";
import { apartFolder, compileCache } from "./places.ts";

/** Builds the command line of a program of `test/fixtures` that dies, or stops, at a fault. */
export const apartArgv = (name: string, ...args: readonly string[]): Argv => [
  process.execPath,
  join(apartFolder, `${name}.js`),
  ...args,
];

/** Builds the environment of a process that dies, or stops, at a fault. */
export const apartEnv = (fault: string): ExactEnv => ({
  ...testEnv(),
  PLEACH_FAULT: fault,
  NODE_COMPILE_CACHE: compileCache,
});
