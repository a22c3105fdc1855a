/** A place in a text; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The positions of all keys and array elements of a TOML text, by `pathKey`. */
export type Positions = ReadonlyMap<string, Position>;

export const pathKey = (path: readonly PropertyKey[]): string =>
  JSON.stringify(path.map((part) => String(part)));

/**
 * Finds where each key stands. The text has been parsed before (smol-toml gives no positions), so
 * this function only walks over it and never complains; a second look at a small file is cheaper
 * than a second parser.
 */
export function locateKeys(text: string): Positions {
  return new Walk(text).positions();
}

/**
 * Finds the position of a path, else of the nearest thing around it, else the start of the text.
 */
export function positionOf(positions: Positions, path: readonly PropertyKey[]): Position {
  for (let length = path.length; length > 0; length -= 1) {
    const found = positions.get(pathKey(path.slice(0, length)));
    if (found !== undefined) return found;
  }
  return { line: 1, column: 1 };
}

class Walk {
  readonly #text: string;
  readonly #found = new Map<string, Position>();
  readonly #arrayLengths = new Map<string, number>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  positions(): Positions {
    let table: readonly string[] = [];
    for (;;) {
      this.#skipBlank();
      if (this.#at >= this.#text.length) return this.#found;
      if (this.#peek() === "[") table = this.#header();
      else this.#pair(table);
    }
  }

  /** Reads `[a.b]` or `[[a.b]]`; @returns the path that the following pairs belong to */
  #header(): readonly string[] {
    const isArray = this.#text.startsWith("[[", this.#at);
    this.#at += isArray ? 2 : 1;
    this.#skipSpace();
    const start = this.#at;
    const named = this.#key();
    this.#skipSpace();
    this.#at += isArray ? 2 : 1;
    const written = this.#resolve(named);
    if (!isArray) {
      this.#note(written, start);
      return written;
    }
    const index = this.#arrayLengths.get(pathKey(written)) ?? 0;
    this.#arrayLengths.set(pathKey(written), index + 1);
    this.#note(written, start);
    const element = [...written, String(index)];
    this.#note(element, start);
    return element;
  }

  /** Resolves a header: `[a.b]` below `[[a]]` belongs to the last element of `a`. */
  #resolve(named: readonly string[]): readonly string[] {
    const path: string[] = [];
    for (const part of named) {
      const length = this.#arrayLengths.get(pathKey(path));
      if (path.length > 0 && length !== undefined) path.push(String(length - 1));
      path.push(part);
    }
    return path;
  }

  #pair(table: readonly string[]): void {
    const start = this.#at;
    const path = [...table, ...this.#key()];
    this.#note(path, start);
    this.#skipSpace();
    if (this.#peek() !== "=") {
      // Cannot occur in a text that was parsed; go on rather than loop.
      this.#at += 1;
      return;
    }
    this.#at += 1;
    this.#skipSpace();
    this.#value(path);
  }

  /** Reads a dotted key; its parts come back unquoted. */
  #key(): readonly string[] {
    const parts: string[] = [];
    for (;;) {
      this.#skipSpace();
      parts.push(this.#keyPart());
      this.#skipSpace();
      if (this.#peek() !== ".") return parts;
      this.#at += 1;
    }
  }

  #keyPart(): string {
    const quote = this.#peek();
    if (quote === '"' || quote === "'") {
      const start = this.#at;
      this.#string();
      const raw = this.#text.slice(start, this.#at);
      return quote === '"' ? unquote(raw) : raw.slice(1, -1);
    }
    const bare = /[\w-]*/y;
    bare.lastIndex = this.#at;
    const part = bare.exec(this.#text)?.[0] ?? "";
    this.#at += part.length;
    return part;
  }

  #value(path: readonly string[]): void {
    const first = this.#peek();
    if (first === '"' || first === "'") this.#string();
    else if (first === "[") this.#array(path);
    else if (first === "{") this.#inlineTable(path);
    else {
      const rest = /[^,\]}#\r\n]*/y;
      rest.lastIndex = this.#at;
      this.#at += rest.exec(this.#text)?.[0].length ?? 0;
    }
  }

  #string(): void {
    const quote = this.#peek();
    const long = quote.repeat(3);
    const isLong = this.#text.startsWith(long, this.#at);
    const end = isLong ? long : quote;
    this.#at += end.length;
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at)) {
      this.#at += quote === '"' && this.#peek() === "\\" ? 2 : 1;
    }
    this.#at += end.length;
    // A long string may end in up to five quotes: two of them are part of the string.
    while (isLong && this.#peek() === quote) this.#at += 1;
  }

  #array(path: readonly string[]): void {
    this.#at += 1;
    for (let index = 0; ; index += 1) {
      this.#skipBlank();
      if (this.#at >= this.#text.length || this.#peek() === "]") break;
      const element = [...path, String(index)];
      this.#note(element, this.#at);
      this.#value(element);
      this.#skipBlank();
      if (this.#peek() !== ",") break;
      this.#at += 1;
    }
    this.#at += 1;
  }

  #inlineTable(path: readonly string[]): void {
    this.#at += 1;
    for (;;) {
      this.#skipBlank();
      if (this.#at >= this.#text.length || this.#peek() === "}") break;
      this.#pair(path);
      this.#skipBlank();
      if (this.#peek() !== ",") break;
      this.#at += 1;
    }
    this.#at += 1;
  }

  #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  #skipSpace(): void {
    while (this.#peek() === " " || this.#peek() === "\t") this.#at += 1;
  }

  /** Skips space, line breaks and comments. */
  #skipBlank(): void {
    const blank = /(?:[ \t\r\n]|#[^\n]*)*/y;
    blank.lastIndex = this.#at;
    this.#at += blank.exec(this.#text)?.[0].length ?? 0;
  }

  /**
   * Notes the position of a path and, for dotted keys, of the tables around it; the first mention
   * counts.
   */
  #note(path: readonly string[], offset: number): void {
    const before = this.#text.slice(0, offset);
    const line = before.split("\n").length;
    const position = { line, column: offset - before.lastIndexOf("\n") };
    for (let length = 1; length <= path.length; length += 1) {
      const key = pathKey(path.slice(0, length));
      if (!this.#found.has(key)) this.#found.set(key, position);
    }
  }
}

/**
 * Unquotes a basic string of TOML, which is a string of JSON but for `\UXXXXXXXX`, `\e` and `\xXX`.
 */
function unquote(raw: string): string {
  const json = raw.replace(
    /\\(?:U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|e|(.))/g,
    (all, long, short) => {
      if (long !== undefined)
        return JSON.stringify(String.fromCodePoint(Number.parseInt(long, 16))).slice(1, -1);
      if (short !== undefined) return `\\u00${short}`;
      return all === "\\e" ? "\\u001b" : all;
    },
  );
  try {
    return JSON.parse(json) as string;
  } catch {
    // Not a key that was parsed before; its position is only a help in an error message.
    return raw.slice(1, -1);
  }
}
