import { cpSync } from "node:fs";
import { join } from "node:path";

/** The top of this checkout. */
export const root = join(import.meta.dirname, "../..");

/** The launcher of the built program. */
export const launcher = join(root, "bin/pleach.js");

const cache = join(root, "node_modules/.cache/pleach-test");

/** The compile cache of programs that are started over and over. */
export const compileCache = join(cache, "compile");

/**
 * The folder of the programs of `test/fixtures` that run apart, bundled for this run of the suite.
 */
export const apartFolder = join(cache, "apart");

/** Copies the program's part of the package, without its dependencies. @returns its launcher */
export function copyProgram(to: string): string {
  for (const part of ["bin", "dist", "package.json"]) {
    cpSync(join(root, part), join(to, part), { recursive: true });
  }
  return join(to, "bin/pleach.js");
}
