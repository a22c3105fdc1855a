import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, resolve } from "node:path";
import type { ExactEnv } from "./run.ts";

/**
 * Finds the file a program name stands for, as execvp(3) does: a name with a slash is a path from
 * `cwd`, any other is looked for on PATH. Undefined when nothing executable is found.
 */
export function findProgram(name: string, env: ExactEnv, cwd: string): string | undefined {
  const candidates = name.includes("/")
    ? [resolve(cwd, name)]
    : (env["PATH"] ?? "")
        .split(delimiter)
        .filter((folder) => isAbsolute(folder))
        .map((folder) => resolve(folder, name));
  return candidates.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Not there, or not ours to run: for a search on PATH that is the same.
    return false;
  }
}
