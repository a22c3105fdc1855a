import { cpSync } from "node:fs";
import { join } from "node:path";

/** The top of this checkout. */
export const root = join(import.meta.dirname, "../..");

/** The launcher of the built program. */
export const launcher = join(root, "bin/pleach.js");

const cache = join(root, "node_modules/.cache/pleach-test");

/** What is started over and over is compiled once. */
export const compileCache = join(cache, "compile");

/** Where the programs of `test/fixtures` lie that run apart, bundled for this run of the suite. */
export const apartFolder = join(cache, "apart");

/** Copies what a package holds of the program, without what it depends on. @returns its launcher */
export function copyProgram(to: string): string {
  for (const part of ["bin", "dist", "package.json"]) {
    cpSync(join(root, part), join(to, part), { recursive: true });
  }
  return join(to, "bin/pleach.js");
}
