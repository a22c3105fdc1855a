import { Collected, keptLines, type Reader, type Told } from "./failure.ts";

/** Reads JUnit XML that stands in the output. */
export const readJunit: Reader = (lines) => {
  if (!lines.some((line) => /<testsuites?[\s>]/.test(line))) return undefined;
  const report = new Report();
  for (const part of partsOf(lines.join("\n"))) report.hear(part);
  return report.told;
};

/** A report as far as it was read. */
class Report {
  readonly #found = new Collected();
  #test = "";
  /** The text of the open failure; undefined outside of one. */
  #text: string | undefined;
  #depth = 0;
  #count = 0;
  #isDouble = false;

  hear(part: Part): void {
    if (part.kind === "text") {
      if (this.#text !== undefined && this.#text.length < mostText) this.#text += part.text;
      return;
    }
    if (part.tag === "testsuites" || part.tag === "testsuite") this.#suite(part);
    if (part.tag === "testcase" && !part.isClose) this.#test = nameOf(part.attributes);
    if (part.tag !== "failure" && part.tag !== "error") return;
    if (!part.isClose) this.#text = `${part.attributes["message"] ?? ""}\n`;
    if (!part.isOpen) this.#note();
  }

  get told(): Told {
    const { count, failures } = this.#found;
    // A report without counts has nothing to be compared with.
    const isCounted = Number.isNaN(this.#count) || this.#count === count;
    return { failures, isComplete: this.#depth === 0 && !this.#isDouble && isCounted };
  }

  /** Takes the count of the outermost suite: it includes the suites in it. */
  #suite({ isOpen, isClose, attributes }: Tag): void {
    const { failures, errors } = attributes;
    const counted = Number(failures ?? Number.NaN) + Number(errors ?? 0);
    if (this.#depth === 0 && !isClose) this.#count += counted;
    this.#depth += isOpen ? 1 : isClose ? -1 : 0;
  }

  #note(): void {
    if (this.#text === undefined) return;
    this.#isDouble ||= this.#found.has(this.#test);
    const lines = this.#text.split("\n").filter((line) => line.trim() !== "");
    this.#found.add(this.#test, this.#test, ...lines.slice(0, keptLines));
    this.#text = undefined;
  }
}

const mostText = 4_000;

function nameOf({ classname = "", file = "", name = "" }: Tag["attributes"]): string {
  return [classname === "" ? file : classname, name].join(" > ");
}

interface Tag {
  readonly kind: "tag";
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Whether the tag opens an element: it neither closes itself nor another tag. */
  readonly isOpen: boolean;
  readonly isClose: boolean;
}

type Part = { readonly kind: "text"; readonly text: string } | Tag;

/**
 * Splits XML into tags and text, as far as this reader needs it; anything that is no tag is text.
 */
function* partsOf(xml: string): Generator<Part> {
  for (let at = 0; at < xml.length; ) {
    const open = xml.indexOf("<", at);
    if (open > at) yield { kind: "text", text: decode(xml.slice(at, open)) };
    if (open < 0) {
      if (at === 0) yield { kind: "text", text: decode(xml) };
      return;
    }
    const quoted = quotes.find(([begin]) => xml.startsWith(begin, open));
    const end = quoted === undefined ? endOfTag(xml, open) : xml.indexOf(quoted[1], open);
    if (end < 0) return;
    if (quoted?.[0] === "<![CDATA[") {
      yield { kind: "text", text: xml.slice(open + quoted[0].length, end) };
    } else if (quoted === undefined) {
      const tag = tagOf(xml.slice(open + 1, end));
      if (tag !== undefined) yield tag;
    }
    at = end + (quoted === undefined ? 1 : quoted[1].length);
  }
}

const quotes = [
  ["<![CDATA[", "]]>"],
  ["<!--", "-->"],
  ["<?", "?>"],
] as const;

/** Finds the end of a tag, past any `>` in an attribute; a tag that never ends is no tag. */
function endOfTag(xml: string, open: number): number {
  let quote = "";
  for (let at = open + 1; at < xml.length && at < open + 100_000; at += 1) {
    const char = xml[at] ?? "";
    if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === ">") return at;
    else if ((char === '"' || char === "'") && xml[at - 1] === "=") quote = char;
    else if (char === "<") return at - 1;
  }
  return -1;
}

function tagOf(inside: string): Tag | undefined {
  const tag = /^\/?([\w.-]+)/.exec(inside)?.[1];
  if (tag === undefined) return undefined;
  const found = inside.matchAll(/([\w.:-]+)=(?:"([^"]*)"|'([^']*)')/g);
  const attributes = Object.fromEntries(
    [...found].map(([, name = "", one, two]) => [name, decode(one ?? two ?? "")]),
  );
  const isClose = inside.startsWith("/");
  return { kind: "tag", tag, attributes, isClose, isOpen: !isClose && !inside.endsWith("/") };
}

const entities: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

const decode = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[String(name)] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
