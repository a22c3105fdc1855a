import { Collected, following, type Reader, sumOf } from "./failure.ts";

const head = /^ {2}● (\S.*?)\s*$/;

/** Reads Jest's output: the heads of its reports below their file, and its counts. */
export const readJest: Reader = (lines) => {
  if (!lines.some((line) => /^Test Suites: .*\d+ total/.test(line))) return undefined;
  const found = new Collected();
  let file = "";
  let suites = 0;
  for (const [at, line] of lines.entries()) {
    file = /^(?:FAIL|PASS) (\S+)/.exec(line)?.[1] ?? file;
    const title = head.exec(line)?.[1];
    if (title === undefined || title === "Console") continue;
    const id = `${file} › ${title}`;
    if (title === "Test suite failed to run" && !found.has(id)) suites += 1;
    found.add(id, `${file}: ${title}`, ...following(lines, at, (next) => head.test(next)));
  }
  const tests = sumOf(lines, /^Tests: .*?(\d+) failed/) ?? 0;
  return { failures: found.failures, isComplete: found.count === tests + suites };
};
