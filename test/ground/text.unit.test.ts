import fc from "fast-check";
import { expect, test } from "vitest";
import { pathFromStore, storedPath } from "../../src/ground/store/stored-path.ts";
import {
  decoded,
  encoded,
  hasOddBytes,
  plain,
  plainLine,
  unstyled,
  wildly,
} from "../../src/ground/text.ts";

test.each([
  ["\x1b[8mhidden", "\\x1b[8mhidden"],
  ["a\x9dwithout an end\nb", "a\\u009dwithout an end\nb"],
  ["line\rover", "line\\rover"],
  ["a\x0bb\x0cc\x85d\u2028e\u2029f", "a\\x0bb\\x0cc\\u0085d\\u2028e\\u2029f"],
  ["\u202eright to left\u2066", "\\u202eright to left\\u2066"],
  ["pass\u200bword\ufeff\u00ad", "pass\\u200bword\\ufeff\\u00ad"],
  ["tag\u{e0041}", "tag\\u{e0041}"],
  ["\u0338struck", "\\u0338struck"],
  ["o\u0301\u0301\u0301\u0301\u0301", "o\u0301\u0301\u0301\u0301\\u0301"],
  ["\ud800", "\\ud800"],
  ["Grüße, 日本語 नमस्ते ✔️\tok\n", "Grüße, 日本語 नमस्ते ✔️\tok\n"],
])("%j is shown with its characters written out", (text, shown) => {
  expect(plain(text)).toBe(shown);
});

test("a line break is shown where there is only one line", () => {
  expect(plainLine("true # tests\r\n  touch x\n")).toBe("true # tests ⏎ touch x");
  expect(plainLine("a \t b\u00a0c")).toBe("a b c");
});

test("a program's output loses its colours and no word, and a line written over stays a line", () => {
  expect(unstyled("\x1b[31mred\x1b[0m 10%\r\x1b[2K20%\r\ndone\x1b]0;title")).toBe(
    "red 10%\n20%\ndone\x1b]0;title",
  );
});

test("bytes that are no UTF-8 are kept apart from those that are", () => {
  const bytes = Buffer.from([
    0x61, 0x9d, 0xc3, 0xa9, 0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x8c, 0xb1, 0xc3,
  ]);
  expect(plain(decoded(bytes))).toBe("a\\x9dé\\xed\\xa0\\x80🌱\\xc3");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => decoded(Buffer.from(text)) === text),
  );
});

test("shown text is shown again unchanged, and holds nothing that steers a terminal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const shown = plain(text);
      return plain(shown) === shown && !/(?!\n|\t)[\p{Cc}\p{Cs}\p{Bidi_Control}]/u.test(shown);
    }),
  );
});

test("any bytes become text and the same bytes again, also out of the store", () => {
  const mixed = fc.array(
    fc.oneof(
      fc.uint8Array(),
      fc.string().map((text) => Buffer.from(text)),
    ),
  );
  fc.assert(
    fc.property(mixed, (parts) => {
      const bytes = Buffer.concat(parts);
      const text = decoded(bytes);
      expect(encoded(text).equals(bytes)).toBe(true);
      expect(hasOddBytes(text)).toBe(!Buffer.from(bytes.toString()).equals(bytes));
      const stored = Buffer.from(storedPath(text)).toString();
      expect(pathFromStore(stored)).toBe(text);
    }),
  );
});

test("a byte that is no text becomes a wildcard where a path is written down", () => {
  expect(wildly(decoded(Buffer.from([0x61, 0xe9, 0xe8, 0x62])))).toBe("a??b");
  expect(wildly("é🌱")).toBe("é🌱");
});
