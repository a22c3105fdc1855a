import { accessSync, constants, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { ExitCode, messageOf, PleachError } from "../errors.ts";
import { makePrivateFolder, temporaryFolder } from "../private-folder.ts";
import type { ExactEnv } from "../proc/run.ts";

/* The user's own files, after the XDG Base Directory Specification: relative values are ignored. */

export function homeFolder(env: ExactEnv): string {
  const set = env["HOME"];
  if (set !== undefined && isAbsolute(set)) return set;
  try {
    return homedir();
  } catch {
    // A user without an entry in the system's list, as in containers.
    return "/";
  }
}

/** Returns the path of the personal defaults: `$XDG_CONFIG_HOME/pleach/config.toml`. */
export function userConfigFile(env: ExactEnv): string {
  return join(base(env, "XDG_CONFIG_HOME", ".config"), "pleach", "config.toml");
}

/**
 * Returns the folder for what Pleach remembers of this user, not of a repository:
 * `$XDG_STATE_HOME/pleach`.
 */
export function userStateFolder(env: ExactEnv): string {
  return join(base(env, "XDG_STATE_HOME", ".local/state"), "pleach");
}

/**
 * Returns the folder for a user's state when the home cannot be written; it lasts most likely until
 * the next boot.
 */
export function temporaryStateFolder(env: ExactEnv): string {
  const runtime = env["XDG_RUNTIME_DIR"];
  const root = runtime !== undefined && isWritable(runtime) ? runtime : "/tmp";
  return join(temporaryFolder(root), "state");
}

/**
 * The folder a user's state can be written to. `temporary`: not the usual folder, with the reason.
 */
export type UserState =
  | { readonly kind: "lasting"; readonly folder: string }
  | { readonly kind: "temporary"; readonly folder: string; readonly why: string };

/**
 * Makes the folder for a user's state, among temporary files where the home cannot be written.
 * @throws PleachError `home/unwritable` when neither folder can be written
 */
export function openUserState(env: ExactEnv): UserState {
  const folder = userStateFolder(env);
  const why = failureOf(() => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  });
  if (why === undefined) return { kind: "lasting", folder };
  const other = temporaryStateFolder(env);
  const failure = failureOf(() => {
    makePrivateFolder(dirname(other));
    makePrivateFolder(other);
  });
  if (failure === undefined) return { kind: "temporary", folder: other, why };
  throw new PleachError({
    code: "home/unwritable",
    message: `neither ${folder} nor ${other} can be written (${why}; ${failure})`,
    hint: "set XDG_STATE_HOME to a folder of your own that can be written",
    exitCode: ExitCode.prerequisite,
  });
}

function isWritable(folder: string): boolean {
  return isAbsolute(folder) && failureOf(() => accessSync(folder, constants.W_OK)) === undefined;
}

function failureOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function base(env: ExactEnv, name: string, fallback: string): string {
  const set = env[name];
  return set !== undefined && isAbsolute(set) ? set : join(homeFolder(env), fallback);
}
