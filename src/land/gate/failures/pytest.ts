import { Collected, following, type Reader } from "./failure.ts";

const end = /^=*\s*(?:\d+ [a-z]+(?:, )?)+ in [\d.]+s\b/;
const header = /^_{3,} (.+?) _{3,}$/;

/** Reads pytest's output: its short summary, or the heads of its reports when there is none. */
export const readPytest: Reader = (lines) => {
  const last = lines.findLast((line) => end.test(line));
  if (last === undefined) return undefined;
  const found = new Collected();
  for (const line of lines) {
    const named = /^(?:FAILED|ERROR) (\S.*)$/.exec(line)?.[1];
    if (named !== undefined) found.add(idOf(named), line);
  }
  const isNamed = found.count > 0;
  for (const [at, line] of lines.entries()) {
    const title = header.exec(line)?.[1];
    if (title === undefined) continue;
    const id = isNamed ? named(found, title) : title;
    if (id === undefined) continue;
    const block = following(lines, at, (next) => header.test(next) || next.startsWith("==="));
    found.add(id, ...(isNamed ? [] : [title]), ...block.filter(isTelling));
  }
  // A run that stopped early has not tried the rest.
  const isCut = lines.some((line) => /^!{3,} .* !{3,}$/.test(line));
  return { failures: found.failures, isComplete: !isCut && found.count === count(last) };
};

/** Returns the name of a test, without pytest's words about its failure. */
function idOf(text: string): string {
  const parameters = text.indexOf("[");
  const message = text.indexOf(" - ");
  if (parameters < 0 || (message >= 0 && message < parameters)) {
    return message < 0 ? text : text.slice(0, message);
  }
  const close = text.indexOf("] - ", parameters);
  return close < 0 ? text : text.slice(0, close + 1);
}

/** Finds the failure that a report with this title belongs to, when only one matches. */
function named(found: Collected, title: string): string | undefined {
  const ends = `::${title.replaceAll(".", "::")}`;
  const ids = found.failures.flatMap(({ id }) => (id.endsWith(ends) ? [id] : []));
  return ids.length === 1 ? ids[0] : undefined;
}

const isTelling = (line: string): boolean => /^E {2,}|^[^\s>].*:\d+: /.test(line);

const count = (line: string): number =>
  [...line.matchAll(/(\d+) (?:failed|errors?)\b/g)].reduce((sum, [, one]) => sum + Number(one), 0);
