import { Collected, following, type Reader, sumOf } from "./failure.ts";

/** Reads the reports at the end of what Node's own test runner prints for people. */
export const readNodeTest: Reader = (lines) => {
  const count = sumOf(lines, /^ℹ fail (\d+)$/);
  if (count === undefined) return undefined;
  const found = new Collected();
  const from = lines.findIndex((line) => /^✖ failing tests:/.test(line));
  for (const [at, line] of lines.entries()) {
    const place = from < 0 || at < from ? undefined : /^test at (.+?):\d+:\d+$/.exec(line)?.[1];
    const name = /^✖ (.*?)(?: \([\d.]+ms\))?$/.exec(lines[at + 1] ?? "")?.[1];
    if (place === undefined || name === undefined) continue;
    const block = following(lines, at + 1, (next) => /^(?:test at |✖ )/.test(next));
    found.add(`${place} > ${name}`, `${place}: ${name}`, ...block);
  }
  return { failures: found.failures, isComplete: count === 0 || found.count > 0 };
};
