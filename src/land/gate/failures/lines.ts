import { Collected, following, type Told } from "./failure.ts";

/**
 * Words by which programs tell of a failure. A line with such a word is a failure when no runner
 * names any; a line too many costs a person a look, a line too few lets a failure pass.
 */
const telling =
  /\b(?:errors?|fail(?:s|ed|ing|ures?)?|panic(?:ked)?|exceptions?|fatal|traceback|assert(?:ion)?\w*|undefined|undeclared|unresolved|cannot|can't|could not|couldn't|unable|missing|not found|not ok|no such|denied|invalid|illegal|unexpected|mismatch|mismatched|aborted|core dumped|segmentation fault|killed|timed? ?out|expected|differs?|unknown|unused|violat\w+)\b|\w(?:Error|Exception)\b|[✗✘✖×❌]|^E {2,}/iu;

/** Phrases that say expressly that nothing failed. */
const nothing =
  /\b(?:0|no) (?:errors?|failures?|failed|failing)\b(?!.*\b[1-9]\d* (?:errors?|fail))/i;

/** Tells failures by the lines that speak of one, for a gate whose runner is not known. */
export function readLines(lines: readonly string[]): Told {
  const bad = lines.flatMap((line, at) => (isTelling(line) ? [at] : []));
  const chosen =
    bad.length > 0 ? bad : lines.flatMap((line, at) => (line.trim() === "" ? [] : [at]));
  const found = new Collected();
  const times = new Map<string, number>();
  for (const at of chosen) {
    const line = lines[at] ?? "";
    const id = normalised(line);
    const time = (times.get(id) ?? 0) + 1;
    times.set(id, time);
    // Two equal lines are two failures: parts that vary, such as the line number, are not in the
    // id.
    found.add(time === 1 ? id : `${id} (${time})`, line.trim(), ...following(lines, at));
  }
  return { failures: found.failures, isComplete: found.count > 0 };
}

const isTelling = (line: string): boolean => telling.test(line) && !nothing.test(line);

/** Leaves out of a line the parts that differ between two runs of the same command. */
export function normalised(line: string): string {
  return line
    .trim()
    .slice(0, 1_000)
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, "<time>")
    .replace(/\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b/g, "<time>")
    .replace(/\b[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\b/gi, "<id>")
    .replace(/\b0x[\da-f]+\b/gi, "<address>")
    .replace(/(?<=\.integration-)\d+/g, "<n>")
    .replace(/(?:\/private)?\/(?:tmp|var\/folders|dev\/shm)\/[^\s:'")\]]+/g, "<temporary>")
    .replace(/\b\d+(?:\.\d+)? ?(?:ns|µs|us|ms|s|secs?|seconds?|m|min|minutes?)\b/g, "<duration>")
    .replace(/(?<=[\w)\]]):\d+(?::\d+)?\b/g, ":<place>")
    .replace(/(?<=\w)\(\d+,\s?\d+\)/g, "(<place>)")
    .replace(/\b(line|column|col|pid|process|thread|port|seed) #?\d+/gi, "$1 <n>")
    .replace(
      /\b\d+(?= (?:\w+ )?(?:tests?|specs?|suites?|files?|errors?|warnings?|problems?|pass(?:ed|ing|es)?|fail(?:ed|ing|ures?)?|skipped|pending|ok|total|assertions?)\b)/gi,
      "<n>",
    )
    .replace(/\s+/g, " ");
}
