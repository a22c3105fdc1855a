import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type SilentScene,
  screenExcerpt,
  silentWork,
  waitingScreen,
} from "../../../../src/grow/terminal/screen/screen.ts";

const screens = join(import.meta.dirname, "../../../fixtures/screens");
const screen = (text: string, since = 0) => ({ text, since });
const scene = (changes: Partial<SilentScene>): SilentScene => ({
  ...{ screen: screen("hello"), hasReported: false, asks: undefined, tells: true },
  ...changes,
});

test.each(readdirSync(screens))("%s: waits for a person, who sees its subject", (name) => {
  const text = readFileSync(join(screens, name), "utf8");
  const waits = waitingScreen(scene({ screen: screen(text) }), 6_000) ?? "";
  const words = text.split("\n").filter((line) => /\w/.test(line));
  expect(waits.split("\n")[1]?.slice(0, 40)).toBe(words[0]?.trim().slice(0, 40));
  for (const choice of text.split("\n").filter((line) => /^ {2}❯/.test(line))) {
    expect(waits).toContain(choice.trim());
  }
  expect(waits.length).toBeLessThanOrEqual(500);
});

test("a still screen means a wait only if the program tells of its work and nothing else tells", () => {
  expect(waitingScreen(scene({}), 5_999)).toBeUndefined();
  expect(waitingScreen(scene({}), 6_000)).toContain("hello");
  expect(waitingScreen(scene({ screen: screen("hello", 3_000) }), 8_000)).toBeUndefined();
  expect(waitingScreen(scene({ hasReported: true, asks: "log in" }), 60_000)).toBeUndefined();
  expect(waitingScreen(scene({ tells: false }), 60_000)).toBeUndefined();
  expect(waitingScreen(scene({ tells: false, asks: "log in" }), 0)).toContain("log in");
  // The program may still be loading.
  expect(waitingScreen(scene({ screen: screen("\n────\n") }), 29_000)).toBeUndefined();
  expect(waitingScreen(scene({ screen: screen("") }), 30_000)).toContain("its screen is empty");
});

test("work is not believed when it neither moves nor tells anything for long", () => {
  const at = { screen: screen("1/3 tests", 1_000), afterMs: 60_000 };
  expect(silentWork({ ...at, stirredAt: 5_000 }, 64_000)).toBeUndefined();
  expect(silentWork({ ...at, stirredAt: 5_000 }, 65_000)).toContain("for 60 s");
  expect(silentWork({ ...at, stirredAt: 0 }, 65_000)).toContain("1/3 tests");
});

test("an excerpt is short, has no empty line, and keeps the end", () => {
  const lines = fc.array(fc.string({ unit: "grapheme", maxLength: 200 }), { maxLength: 60 });
  fc.assert(
    fc.property(lines, (drawn) => {
      const excerpt = screenExcerpt(drawn.join("\n"));
      expect(excerpt.length).toBeLessThan(450);
      if (excerpt !== "") expect(excerpt.split("\n")).not.toContain("");
      expect(screenExcerpt([...drawn, "Enter to confirm"].join("\n"))).toMatch(/Enter to confirm$/);
    }),
  );
});
