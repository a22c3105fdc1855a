/**
 * Writes a task whose script the scripted agent plays: one block of steps for each time the track
 * is worked on.
 */
export function scriptedTask(head: string, ...attempts: readonly string[]): string {
  const blocks = attempts.flatMap((steps, at) => [
    `\`\`\`pleach attempt=${at + 1}`,
    ...steps.split("\n"),
    "```",
  ]);
  return [`- [ ] ${head}`, ...blocks.map((line) => `  ${line}`), ""].join("\n");
}

/** Writes the steps that write one line into a file, and commit it. */
export const writes = (path: string, line = path): string =>
  `write ${path} <<END\n${line}\nEND\ncommit Write ${path}`;
