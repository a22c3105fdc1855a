import { basename } from "node:path";
import { parse as parseToml } from "smol-toml";
import { readMakeTarget } from "./makefile.ts";

/** Reads one part of a kind of file; undefined when the file has no such part. */
type Reader = (text: string, part: string) => string | undefined;

/** The kinds of file of which a part can be guarded, by patterns of their names. */
const readers: readonly (readonly [RegExp, Reader])[] = [
  [/\.json$/, (text, part) => dotted(JSON.parse(text), part)],
  [/\.toml$/, (text, part) => dotted(parseToml(text), part)],
  [/\.(?:ini|cfg)$/, section],
  [/^(?:GNUmakefile|[Mm]akefile|.*\.mk)$/, readMakeTarget],
  [/^go\.(?:mod|work)$/, directive],
  [/\.xml$/, element],
];

/** Whether a file of this name can be taken apart at all. */
export function hasParts(path: string): boolean {
  return readerOf(path) !== undefined;
}

function readerOf(path: string): Reader | undefined {
  return readers.find(([name]) => name.test(basename(path)))?.[1];
}

/**
 * Whether a part of a file differs between two versions of its text; `undefined` stands for no
 * file. A text that cannot be parsed as its name suggests counts as changed: nothing is known of
 * it.
 */
export function isPartChanged(
  path: string,
  part: string,
  before: string | undefined,
  after: string | undefined,
): boolean {
  const read = readerOf(path);
  if (read === undefined) return before !== after;
  try {
    const [old, now] = [before, after].map((text) =>
      text === undefined ? undefined : read(text, part),
    );
    return old !== now;
  } catch {
    return true;
  }
}

/** Returns the value at `a.b.c`, written so that equal values are equal texts. */
function dotted(value: unknown, part: string): string | undefined {
  let found = value;
  for (const key of part.split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[key];
  }
  return JSON.stringify(found, sortKeys);
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns the lines below `[name]`, without comments and blank lines. */
function section(text: string, name: string): string | undefined {
  let isInside = false;
  let isThere = false;
  const lines: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const header = /^\[([^\]]*)\]\s*$/.exec(line)?.[1];
    if (header !== undefined) {
      isInside = header.trim() === name;
      isThere ||= isInside;
    } else if (isInside && !/^\s*(?:[#;]|$)/.test(line)) {
      lines.push(line.trimEnd());
    }
  }
  return isThere ? lines.join("\n") : undefined;
}

/** Returns the lines of a directive of go.mod (`replace …`, or a block of them). */
function directive(text: string, name: string): string | undefined {
  const clean = text.replace(/\/\/.*$/gm, "");
  const single = new RegExp(`^${name}[ \\t]+(?!\\()(.+)$`, "gm");
  const block = new RegExp(`^${name}\\s*\\(([^)]*)\\)`, "gm");
  const found = [single, block].flatMap((pattern) =>
    [...clean.matchAll(pattern)].flatMap(([, lines = ""]) => lines.split("\n")),
  );
  const lines = found.map((line) => line.trim().replace(/\s+/g, " ")).filter((line) => line !== "");
  return lines.length === 0 ? undefined : lines.sort().join("\n");
}

/** Returns every element of that name, with its content. */
function element(text: string, name: string): string | undefined {
  const clean = text.replace(/<!--[\s\S]*?-->/g, "");
  const found = clean.match(new RegExp(`<${name}[\\s>][\\s\\S]*?</${name}>|<${name}\\s*/>`, "g"));
  return found === null ? undefined : found.map((one) => one.replace(/\s+/g, " ")).join("\n");
}
