import { startDetached } from "../ground/proc/start.ts";
import type { Host } from "./host.ts";

/** A host without a terminal: a session of its own, its output in a file. */
export const headless: Host = {
  name: "headless",
  start: async ({ argv, cwd, env, outputFile }) =>
    await startDetached(argv, { cwd, env, outputFile }),
};
