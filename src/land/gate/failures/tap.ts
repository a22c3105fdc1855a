import { Collected, following, type Reader } from "./failure.ts";

const point = /^(\s*)(not )?ok\b(?: +(\d+))?(?:[ -]*)(.*)$/;

/** Reads TAP: each point by its name below the names of the subtests it is in. */
export const readTap: Reader = (lines) => {
  const plan = /^1\.\.(\d+)/;
  const isTap = lines.some((line) => /^TAP version \d+/.test(line) || plan.test(line));
  if (!isTap) return undefined;
  const found = new Collected();
  const above: { readonly depth: number; readonly name: string }[] = [];
  let [points, planned, isOut, isDouble] = [0, 0, false, false];
  for (const [at, line] of lines.entries()) {
    planned += Number(plan.exec(line)?.[1] ?? 0);
    isOut ||= /^Bail out!/.test(line);
    const [, indent, begun] = /^(\s*)# Subtest: (.*)$/.exec(line) ?? [];
    if (begun !== undefined && indent !== undefined) {
      leave(above, indent.length);
      above.push({ depth: indent.length, name: begun.trim() });
      continue;
    }
    const [, depth, not, number = "", rest = ""] = point.exec(line) ?? [];
    if (depth === undefined) continue;
    if (depth === "") points += 1;
    leave(above, depth.length);
    const name = rest
      .replace(/\s+#\s.*$/, "")
      .replace(/\s*\{$/, "")
      .trim();
    const isGroup = /\{$/.test(rest);
    const id = [...above.map((one) => one.name), name === "" ? `test ${number}` : name].join(" > ");
    // Vitest names a subtest above its points, in braces.
    if (isGroup) above.push({ depth: depth.length, name });
    if (not === undefined || /(?:^|[^\\])#\s*(?:TODO|SKIP)\b/i.test(rest)) continue;
    isDouble ||= found.has(id);
    found.add(id, line.trim(), ...following(lines, at, isNext));
  }
  const isComplete = !isOut && !isDouble && planned === points;
  return { failures: found.failures, isComplete };
};

const isNext = (line: string): boolean => point.test(line) || /^\s*(?:# |1\.\.)/.test(line);

/**
 * Leaves the subtests that end here: a point at the depth of a subtest's head ends and names it.
 */
function leave(above: { readonly depth: number }[], depth: number): void {
  while ((above.at(-1)?.depth ?? -1) >= depth) above.pop();
}
