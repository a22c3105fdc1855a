import fc from "fast-check";
import { expect, test } from "vitest";
import { asksToSuspend, DetachKey, notTyping, typed } from "../../../src/grow/terminal/input.ts";

const indexIn = (...chunks: readonly string[]): readonly number[] => {
  const key = new DetachKey();
  return chunks.map((chunk) => key.indexIn(Buffer.from(chunk, "latin1")));
};

test.each([
  ["a plain terminal", "\x1c"],
  ["the kitty protocol", "\x1b[92;5u"],
  ["the kitty protocol, with the event", "\x1b[92;5:1u"],
  ["a key that is held down", "\x1b[92;5:2u"],
  ["Num Lock", "\x1b[92;133u"],
  ["Caps Lock", "\x1b[92;69u"],
  ["both locks, with event and text", "\x1b[92;197:1;92u"],
  ["alternate codes", "\x1b[92:124;5u"],
  ["alternate codes and the base layout", "\x1b[92:124:92;5u"],
  ["a Cyrillic keyboard, by its base layout", "\x1b[1105::92;5u"],
  ["modifyOtherKeys", "\x1b[27;5;92~"],
  ["modifyOtherKeys with Num Lock", "\x1b[27;133;92~"],
])("Ctrl-\\ leaves when it is reported by %s", (_by, key) => {
  expect(indexIn(`ab${key}`)).toEqual([2]);
});

test.each([
  ["a backslash", "\\"],
  ["a backslash by the kitty protocol", "\x1b[92u"],
  ["the key let go", "\x1b[92;5:3u"],
  ["Ctrl-Alt-\\", "\x1b[92;7u"],
  ["Super-\\", "\x1b[92;9u"],
  ["Ctrl-C", "\x1b[99;5u"],
  ["an answer about the keyboard", "\x1b[?5u"],
])("%s does not leave", (_what, key) => {
  expect(indexIn(key)).toEqual([-1]);
});

test("the detach key is found wherever its sequence is cut, and nothing before it is lost", () => {
  const sequence = "\x1b[92:124:92;133:1;92u";
  const cut = fc.integer({ min: 1, max: sequence.length - 1 });
  const property = fc.property(fc.string(), cut, (before, at) => {
    const text = before.replaceAll(/[\x1b\x1c]/g, "");
    const [first, second] = indexIn(text + sequence.slice(0, at), sequence.slice(at));
    expect([first, second]).toEqual([-1, 0]);
  });
  fc.assert(property);
});

test.each(["\x1a", "\x1b[122;5u", "\x1b[122;133:1u", "\x1b[27;5;122~"])(
  "Ctrl-Z suspends, reported as %j",
  (key) => {
    expect(asksToSuspend(Buffer.from(key, "latin1"))).toBe(true);
    expect(asksToSuspend(Buffer.from("\x1b[122;5:3u"))).toBe(false);
  },
);

test("letters and keys that end a draft count whichever way they are reported", () => {
  const after = (...chunks: readonly string[]) =>
    chunks.reduce((typing, chunk) => typed(typing, Buffer.from(chunk), 7), notTyping).draft;
  expect(after("\x1b[97;129u")).toBe(true);
  expect(after("\x1b[97;129:3u")).toBe(false);
  for (const end of ["\x1b[13;129u", "\x1b[99;133u", "\x1b[117;69:1u", "\x1b[27;5;99~"]) {
    expect(after("abc", end)).toBe(false);
  }
});
