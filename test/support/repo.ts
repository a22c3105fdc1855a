import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { noFault } from "../../src/ground/fault.ts";
import { type Ground, openGround } from "../../src/ground/ground.ts";
import type { ExactEnv } from "../../src/ground/proc/run.ts";
import { testEnv } from "./env.ts";
import { launcher } from "./places.ts";
import { scratch } from "./scratch.ts";

/** Runs git for its output; fails the test when git fails. */
export function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync("git", args, { cwd, encoding: "utf8", stdio: "pipe" }).trimEnd();
}

/** Writes files below a folder, and the folders they need. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** Makes a real repository at `<scratch>/repo` with one commit of these files on `main`. */
export function gitRepo(
  files: Readonly<Record<string, string>> = { "README.md": "hello\n" },
): string {
  const folder = join(scratch(), "repo");
  mkdirSync(folder);
  git(folder, "init", "--quiet", "--initial-branch=main");
  commitFiles(folder, files, "First");
  return folder;
}

/** Writes the files, commits all there is, and gives back the new commit. */
export function commitFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
  message = "Change",
): string {
  writeFiles(folder, files);
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "--allow-empty", "--message", message);
  return git(folder, "rev-parse", "HEAD");
}

/** Opens the ground of a test, on a real repository. */
export async function groundOf(folder: string, env: ExactEnv = testEnv()): Promise<Ground> {
  return await openGround({ folder, env, pleach: [process.execPath, launcher], fault: noFault });
}
