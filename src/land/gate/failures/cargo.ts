import { Collected, following, type Reader, sumOf } from "./failure.ts";

/** Reads the failures in the output of `cargo test` and `cargo nextest`. */
export const readCargo: Reader = (lines) => {
  const found = new Collected();
  let [binary, count, isCargo] = ["", 0, false];
  for (const line of lines) {
    const running = /^\s*Running (?:unittests )?(\S+) \(/.exec(line)?.[1];
    const documented = /^\s*Doc-tests (\S+)/.exec(line)?.[1];
    if (documented !== undefined) binary = `doc ${documented}`;
    else if (running !== undefined) binary = running;
    isCargo ||= /^test result: (?:ok|FAILED)\. \d+ passed/.test(line) || nextest.test(line);
    const test = /^test (.+?)(?: - should panic)? \.\.\. FAILED/.exec(line)?.[1];
    const next = /^\s+(?:FAIL|SIG[A-Z]+|TIMEOUT) \[[^\]]*\]\s+(?:\([^)]*\)\s+)?(\S.*)$/.exec(
      line,
    )?.[1];
    const name = test === undefined ? next?.trim() : `${binary} ${test}`.trim();
    if (name === undefined) continue;
    const id = test === undefined ? name : ownName(found, name);
    // The summary of nextest names the failures again.
    if (!found.has(id)) count += 1;
    found.add(id, line.trim(), ...reportOf(lines, test ?? id));
  }
  if (!isCargo) return undefined;
  const told = sumOf(lines, /^test result: \S+ \d+ passed; (\d+) failed/);
  const next = sumOf(lines, /^\s+Summary \[[^\]]*\].*?(\d+) (?:failed|timed out)/);
  return { failures: found.failures, isComplete: count === (told ?? 0) + (next ?? 0) };
};

const nextest = /^\s+Summary \[[^\]]*\] \s*\d+(?:\/\d+)? tests? run/;

function reportOf(lines: readonly string[], test: string): readonly string[] {
  const at = lines.indexOf(`---- ${test} stdout ----`);
  return at < 0 ? [] : following(lines, at, (line) => /^(?:---- |failures:$)/.test(line));
}

/**
 * Returns the name of a documentation test without its line number, which moves with the lines
 * above.
 */
function ownName(found: Collected, text: string): string {
  const name = text.replace(/ \(line \d+\)$/, "");
  for (let time = 1; ; time += 1) {
    const id = time === 1 ? name : `${name} (${time})`;
    if (!found.has(id)) return id;
  }
}
