import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { ExactEnv } from "../proc/run.ts";

/* The user's own files, after the XDG Base Directory Specification: relative values are ignored. */

export function homeFolder(env: ExactEnv): string {
  return env["HOME"] ?? homedir();
}

/** Personal defaults: `$XDG_CONFIG_HOME/pleach/config.toml`. */
export function userConfigFile(env: ExactEnv): string {
  return join(base(env, "XDG_CONFIG_HOME", ".config"), "pleach", "config.toml");
}

/** What Pleach remembers about this user, not about a repository: `$XDG_STATE_HOME/pleach`. */
export function userStateFolder(env: ExactEnv): string {
  return join(base(env, "XDG_STATE_HOME", ".local/state"), "pleach");
}

function base(env: ExactEnv, name: string, fallback: string): string {
  const set = env[name];
  return set !== undefined && isAbsolute(set) ? set : join(homeFolder(env), fallback);
}
