import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ExactEnv } from "../ground/proc/run.ts";

/** The folders of terminal descriptions, after terminfo(5), with the places of Homebrew and Nix. */
const terminfoFolders = [
  ...["/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo"],
  ...["/usr/local/share/terminfo", "/opt/homebrew/share/terminfo", "/opt/local/share/terminfo"],
  "/run/current-system/sw/share/terminfo",
];

/** Whether programs on this machine can look up a terminal of this name. */
export function isKnownTerminal(name: string, env: ExactEnv): boolean {
  if (!/^[\w.+-]+$/.test(name)) return false;
  const { TERMINFO: own, TERMINFO_DIRS: more = "", HOME: home } = env;
  const personal = home === undefined ? [] : [join(home, ".terminfo")];
  const folders = [...(own === undefined ? [] : [own]), ...personal, ...more.split(":")];
  // macOS keeps descriptions by the letter's code.
  const letters = [name.charAt(0), name.charCodeAt(0).toString(16)];
  return [...folders, ...terminfoFolders].some(
    (folder) => folder !== "" && letters.some((letter) => existsSync(join(folder, letter, name))),
  );
}

/** A name that every machine with terminfo knows, and that nearly every terminal resembles. */
const common = "xterm-256color";

/**
 * Returns the environment in which a multiplexer shows itself in a person's terminal. A terminal
 * that this machine has no description of (another machine's, by SSH) is taken for a common
 * terminal: the multiplexer would refuse it.
 */
export function viewerEnvironment(env: ExactEnv): ExactEnv {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith("TMUX"));
  const { TERM: term = "" } = env;
  return {
    ...Object.fromEntries(kept),
    ...(isKnownTerminal(term, env) ? {} : { TERM: common }),
  };
}

/** Whether nothing says in which encoding this terminal takes text: then nearly all take UTF-8. */
export function hasNoEncoding(env: ExactEnv): boolean {
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((name) => name);
  return locale === undefined || locale === "C" || locale === "POSIX";
}
