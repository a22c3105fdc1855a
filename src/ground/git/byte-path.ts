import { succeeded } from "../proc/run.ts";
import { decoded, encoded } from "../text.ts";
import { type Git, type GitOptions, gitFailed } from "./git.ts";

declare const bytes: unique symbol;

/**
 * A path as the file system has it: one character for each byte (latin1), because a name need not
 * be UTF-8. For use where not a single byte may be lost; `shownPath` is for people.
 */
export type BytePath = string & { readonly [bytes]: true };

/** Returns the path below a folder, for `node:fs`. */
export function onDisk(folder: string, path: BytePath): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, "latin1")]);
}

/** Turns a byte path into a `RepoPath`, for all that is not rescue, and for people. */
export function shownPath(path: BytePath): string {
  return decoded(Buffer.from(path, "latin1"));
}

/** Turns a `RepoPath` back into a byte path. */
export function bytePath(path: string): BytePath {
  return encoded(path).toString("latin1") as BytePath;
}

/** Returns paths as NUL-terminated input for git's `-z --stdin`. */
export function byteLines(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\0`).join(""), "latin1");
}

/**
 * Returns the NUL-separated fields of git's output, byte for byte. @throws PleachError `git/failed`
 */
export async function byteFields(
  git: Git,
  args: readonly string[],
  options: GitOptions = {},
): Promise<readonly BytePath[]> {
  const result = await git.run(args, options);
  // Git lists the paths it can reach, warns about the rest and exits with 0: no answer to rely on.
  const blind = result.stderr.includes("could not open directory");
  if (!succeeded(result) || blind) throw gitFailed(git.cwd, args, result);
  const text = result.stdout.toString("latin1");
  return text === "" ? [] : (text.replace(/\0$/, "").split("\0") as BytePath[]);
}
