import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExactEnv } from "../../src/ground/proc/run.ts";
import { testEnv } from "./repo.ts";

/** The environment of a process of its own that dies, or stops, at a fault. */
export const apartEnv = (fault: string): ExactEnv => ({
  ...testEnv(),
  PLEACH_FAULT: fault,
  // The source is compiled once, not for each of the many that are killed.
  NODE_COMPILE_CACHE: join(tmpdir(), "pleach-test-compile-cache"),
});
