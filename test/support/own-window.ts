import { spawnSync } from "node:child_process";
import { onTestFinished } from "vitest";
import type { ExactEnv } from "../../src/ground/proc/run.ts";
import { testEnv } from "./env.ts";

/**
 * A person's terminal with one program in it, 120 by 40; in a tmux of the person's, not of ours.
 */
export interface Terminal {
  readonly screen: () => string;
  readonly keys: (...keys: readonly string[]) => void;
  /** Closes the window, as a person does. */
  readonly close: () => void;
}

let count = 0;

/**
 * Opens a terminal, which is gone when the test is over.
 * @param folder the folder it starts in
 */
export function terminal(
  folder: string,
  argv: readonly string[],
  variables: ExactEnv = testEnv(),
): Terminal {
  count += 1;
  const socket = `pleach-test-${process.pid}-${count}`;
  const say = (...words: readonly string[]): string => {
    const { TMUX: _, ...env } = variables;
    const all = ["-L", socket, "-f", "/dev/null", ...words];
    return spawnSync("tmux", all, { env, encoding: "utf8" }).stdout.trimEnd();
  };
  const shell = '"$@"; echo "ended with $?"; sleep 300';
  const program = ["sh", "-c", shell, "sh", ...argv];
  say("new-session", "-d", "-x", "120", "-y", "40", "-c", folder, "--", ...program);
  const close = (): void => void say("kill-server");
  onTestFinished(close);
  return {
    screen: () => say("capture-pane", "-p"),
    keys: (...keys) => void say("send-keys", ...keys),
    close,
  };
}
