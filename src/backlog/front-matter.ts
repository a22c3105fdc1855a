import { isBlank } from "./markdown.ts";

const fences: ReadonlyMap<string, readonly string[]> = new Map([
  ["---", ["---", "..."]],
  ["+++", ["+++"]],
]);

/**
 * Counts the lines at the top of a file that are its front matter (YAML or TOML): settings for
 * other programs, which say nothing of any task. A rule above a list is no front matter.
 */
export function countFrontMatter(lines: readonly string[]): number {
  const [first = "", ...rest] = lines;
  const closing = fences.get(first.trimEnd());
  if (closing === undefined) return 0;
  const end = rest.findIndex((line) => closing.includes(line.trimEnd()));
  const inside = rest.slice(0, Math.max(0, end));
  const isSettings =
    inside.some((line) => setting.test(line)) &&
    inside.every((line) => isBlank(line) || setting.test(line) || continued.test(line));
  return isSettings ? end + 2 : 0;
}

const setting = /^(?:"[^"]*"|'[^']*'|[\p{L}_][\p{L}\p{N}_. -]*?)[ \t]*[:=](?:[ \t]|$)/u;
/** A comment, a value on lines of its own, a list; never a box. */
const continued = /^(?:#|\[|[ \t]+(?![-*+][ \t]+\[)|[\]}]|-[ \t]+(?!\[))/;
