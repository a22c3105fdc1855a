import { Collected, following, type Reader, type Told } from "./failure.ts";

const failed = /^\s*--- FAIL: (\S+)/;
const ended = /^(?:FAIL|ok {2}|---)\t(\S+)(?:[\t ]+(\[[^\]]*\]|[\d.]+s))?/;

/** Reads the failures in the output of `go test`, as text or with `-json`. */
export const readGo: Reader = (lines) => {
  const texts = lines.some(isEvent) ? [...fromEvents(lines)] : lines;
  return readText(texts);
};

/** Reads the text form: a package's tests stand above the line that says how the package ended. */
function readText(lines: readonly string[]): Told | undefined {
  const found = new Collected();
  let [isGo, reason] = [false, ""];
  let open: { readonly test: string; readonly lines: readonly string[] }[] = [];
  for (const [at, line] of lines.entries()) {
    const test = failed.exec(line)?.[1];
    if (test !== undefined)
      open.push({ test, lines: [line.trim(), ...following(lines, at, isHead)] });
    if (/^(?:panic: |fatal error: |exit status (?!1$))/.test(line)) reason = line;
    const [, name, how] = ended.exec(line) ?? [];
    if (name === undefined) continue;
    isGo = true;
    if (line.startsWith("FAIL")) {
      for (const one of open) found.add(`${name} ${one.test}`, ...one.lines);
      const built = how?.startsWith("[") === true ? how : undefined;
      const why = built ?? (open.length === 0 ? "failed" : undefined);
      if (why !== undefined) found.add(`${name} ${why}`, ...causeOf(lines, name), reason, line);
      // A process that dies takes tests along that the output does not name.
      else if (reason !== "") found.add(`${name} died`, reason);
    }
    [open, reason] = [[], ""];
  }
  return isGo ? { failures: found.failures, isComplete: open.length === 0 } : undefined;
}

const isHead = (line: string): boolean => failed.test(line) || /^(?:=== |FAIL|ok {2})/.test(line);

/** Finds the complaints of the compiler or `go vet` about a package. */
function causeOf(lines: readonly string[], name: string): readonly string[] {
  const at = lines.findIndex((line) => line === `# ${name}` || line.startsWith(`# ${name} `));
  return at < 0 ? [] : following(lines, at, (line) => line.startsWith("# ") || isHead(line));
}

const isEvent = (line: string): boolean => line.startsWith('{"') && line.includes('"Action":"');

/**
 * Puts together the text that the events carry, package by package, as it would have been printed.
 */
function fromEvents(lines: readonly string[]): Iterable<string> {
  const texts = new Map<string, string>();
  for (const line of lines) {
    const event = isEvent(line) ? parsed(line) : undefined;
    const text = event === undefined ? `${line}\n` : event["Output"];
    if (typeof text !== "string") continue;
    const key = String(event?.["Package"] ?? event?.["ImportPath"] ?? "");
    texts.set(key, (texts.get(key) ?? "") + text);
  }
  return [...texts.values()].flatMap((text) => text.split("\n"));
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    // The line only looks like an event.
    return undefined;
  }
}
