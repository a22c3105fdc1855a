import { type Paper, paint, type Style } from "../ground/paper.ts";
import { plain } from "../ground/text.ts";

/**
 * Formats a difference as git prints it, coloured here: git would pass on control sequences in the
 * files. Each line is shown for what it is, its carriage return included. Pure.
 */
export function formatDiff(text: string, paper: Paper): readonly string[] {
  let left: Left = { old: 0, new: 0 };
  return text.split("\n").map((line) => {
    const isContent = left.old > 0 || left.new > 0;
    const style = isContent ? contentStyles[line[0] ?? ""] : headStyle(line);
    left = isContent ? after(line, left) : hunkOf(line);
    return style === undefined ? plain(line) : paint(plain(line), style, paper);
  });
}

/** The number of lines of a hunk that are still to come on either side. */
interface Left {
  readonly old: number;
  readonly new: number;
}

const contentStyles: Readonly<Record<string, Style>> = { "+": "green", "-": "red" };

function headStyle(line: string): Style | undefined {
  if (line.startsWith("@@ ")) return "cyan";
  return line.startsWith("\\") || line === "" ? undefined : "bold";
}

function hunkOf(line: string): Left {
  const [, before, now] = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line) ?? [];
  if (!line.startsWith("@@ ")) return { old: 0, new: 0 };
  return { old: Number(before ?? 1), new: Number(now ?? 1) };
}

function after(line: string, { old, new: now }: Left): Left {
  if (line.startsWith("\\")) return { old, new: now };
  return { old: line.startsWith("+") ? old : old - 1, new: line.startsWith("-") ? now : now - 1 };
}

/** Formats the figures of `git diff --stat`, as they are. Pure. */
export function formatDiffStat(text: string): readonly string[] {
  return text.split("\n").map(plain);
}
