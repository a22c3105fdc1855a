import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Argv, ExactEnv } from "../../src/ground/proc/run.ts";
import { apartFolder } from "./apart-folder.ts";
import { testEnv } from "./env.ts";

/** How a program of `test/fixtures` is started that dies, or stops, at a fault. */
export const apartArgv = (name: string, ...args: readonly string[]): Argv => [
  process.execPath,
  join(apartFolder, `${name}.js`),
  ...args,
];

/** The environment of a process of its own that dies, or stops, at a fault. */
export const apartEnv = (fault: string): ExactEnv => ({
  ...testEnv(),
  PLEACH_FAULT: fault,
  // The source is compiled once, not for each of the many that are killed.
  NODE_COMPILE_CACHE: join(tmpdir(), "pleach-test-compile-cache"),
});
