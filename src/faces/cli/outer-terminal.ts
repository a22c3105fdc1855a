import { ReadStream, WriteStream } from "node:tty";
import { switchOffOutputProcessing } from "../../ground/proc/pty.ts";
import type { ExactEnv } from "../../ground/proc/run.ts";
import type { OuterTerminal } from "../../grow/terminal/outer.ts";
import type { Streams } from "./output.ts";

/** The terminal we run in; undefined when input or output is something else. */
export function outerTerminal(
  { stdin, stdout }: Streams,
  env: ExactEnv,
): OuterTerminal | undefined {
  if (!(stdin instanceof ReadStream) || !(stdout instanceof WriteStream)) return undefined;
  let gone = false;
  const leaving: (() => void)[] = [];
  const leave = (): void => {
    if (gone) return;
    gone = true;
    for (const take of leaving) take();
  };
  // A terminal that is closed answers EIO to everything: no reason to die of it.
  stdin.on("error", leave);
  stdout.on("error", leave);
  stdin.on("end", leave);
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  return {
    size,
    onResize: (take) => void stdout.on("resize", () => take(size())),
    open: (take) => {
      if (gone) return;
      stdin.setRawMode(true);
      switchOffOutputProcessing(env);
      stdin.on("data", (bytes: Buffer) => take(bytes));
    },
    close: () => {
      stdin.pause();
      if (!gone) stdin.setRawMode(false);
    },
    write: (bytes) => gone || stdout.write(bytes),
    onDrain: (take) => void stdout.on("drain", take),
    onGone: (take) => void leaving.push(take),
  };
}
