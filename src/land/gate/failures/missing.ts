import { linesOfOutput } from "./find-failures.ts";

/**
 * Patterns of the ways in which shells and runners say that a program is missing, each with its
 * name.
 */
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
 * @param exitCode 127 is the shell's own sign for it; other codes only count with a message
 */
export function findMissing(
  command: string,
  output: string,
  exitCode: number | null,
): string | undefined {
  const named = linesOfOutput(output).flatMap((line) =>
    sayings.flatMap((saying) => saying.exec(line.trim())?.[1] ?? []),
  );
  const [first = ""] = command.trim().split(/\s+/);
  const unsaid = exitCode === 127 && named.length === 0 ? [first] : [];
  // A missing script of the tree itself is the tree's own fault.
  return [...named, ...unsaid].find((name) => !isOwn(command, name));
}

/** Whether a name is a path, or a script that a shell was given to read. */
const isOwn = (command: string, name: string): boolean =>
  name === "" ||
  name.includes("/") ||
  (/^(?:ba|da|z)?sh\s/.test(command) && command.includes(` ${name}`));
