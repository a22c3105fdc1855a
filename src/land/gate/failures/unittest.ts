import { Collected, following, type Reader } from "./failure.ts";

/** Reads the output of Python's unittest: a head for each failure, and the count at its end. */
export const readUnittest: Reader = (lines) => {
  if (!lines.some((line) => /^Ran \d+ tests? in [\d.]+s$/.test(line))) return undefined;
  const found = new Collected();
  let count = 0;
  for (const [at, line] of lines.entries()) {
    const name = /^(?:FAIL|ERROR): (\S.*)$/.exec(line)?.[1];
    const isHead = name !== undefined && /^={20,}$/.test(lines[at - 1] ?? "");
    if (isHead) found.add(name, line, ...following(lines, at + 1, (next) => /^={20,}$/.test(next)));
    if (!/^FAILED \(/.test(line)) continue;
    for (const [, one] of line.matchAll(/(?:failures|errors|unexpected successes)=(\d+)/g)) {
      count += Number(one);
    }
  }
  return { failures: found.failures, isComplete: found.count === count };
};
