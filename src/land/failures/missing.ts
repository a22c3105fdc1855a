import { linesOf } from "./find-failures.ts";

/** Ways in which shells and runners say that a program is not there, each with its name. */
const sayings: readonly RegExp[] = [
  /^(?:[\w./-]*sh|busybox): (?:line )?(?:\d+: )?([^\s:]+): (?:command )?not found$/,
  /^(?:[\w./-]*sh): command not found: (\S+)$/,
  /^(?:\S*\/)?env: [‘'"`]?([^\s:’'"`]+)[’'"`]?: No such file or directory$/,
  /^(?:g?make|ninja)(?:\[\d+\])?: ([^\s:*]+): (?:No such file or directory|Command not found)$/,
  /^(?:[\w./-]*sh): (?:line )?(?:\d+: )?([^\s:]+): (?:No such file or directory|Permission denied)$/,
  /\bspawn(?:Sync)? (\S+) ENOENT\b/,
  /^error: no such command: `([^`]+)`/,
  /^\S*python[\d.]*: No module named ([\w.]+)$/,
];

/**
 * Finds the program that a command could not find. Pure.
 * @param exitCode 127 is the shell's own word for it; other codes only count with a saying
 */
export function findMissing(
  command: string,
  output: string,
  exitCode: number | null,
): string | undefined {
  for (const line of linesOf(output)) {
    for (const saying of sayings) {
      const name = saying.exec(line.trim())?.[1];
      if (name !== undefined) return name;
    }
  }
  return exitCode === 127 ? (command.trim().split(/\s+/)[0] ?? command) : undefined;
}
