import { Collected, following, type Reader, sumOf } from "./failure.ts";

const files = /^\s*Test Files {2}\D*\d/;
const head = /^ FAIL {2}(\S.*?)\s*$/;
const isEnd = (line: string): boolean => head.test(line) || line.startsWith("⎯⎯⎯");

/** Reads Vitest's output: the heads of its reports, and the counts below them. */
export const readVitest: Reader = (lines) => {
  if (!lines.some((line) => files.test(line))) return undefined;
  const found = new Collected();
  for (const [at, line] of lines.entries()) {
    const title = head.exec(line)?.[1];
    if (title !== undefined) found.add(title, line.trim(), ...following(lines, at, isEnd));
    if (!/^⎯+ Unhandled (?!Errors )\S+ ⎯+$/.test(line)) continue;
    const told = following(lines, at, (next) => next.startsWith("⎯⎯⎯"));
    found.add(`unhandled: ${told[0] ?? ""}`, ...told);
  }
  const tests = sumOf(lines, /^\s*Tests {2}.*?(\d+) failed/) ?? 0;
  const suites = sumOf(lines, /^⎯+ Failed Suites (\d+) ⎯+$/) ?? 0;
  const errors = sumOf(lines, /^\s*Errors {2}(\d+) errors?/) ?? 0;
  return { failures: found.failures, isComplete: found.count === tests + suites + errors };
};
