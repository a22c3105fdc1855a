import { expect, test } from "vitest";
import { createMirror } from "../../../../src/grow/terminal/screen/mirror.ts";

/**
 * Counts the cells a text takes: the column of the text drawn behind it, by the mirror's own
 * cursor.
 */
async function cellsOf(text: string): Promise<number> {
  const mirror = await createMirror({ columns: 40, rows: 3 });
  try {
    const reply = new Promise<string>((resolve) => mirror.onReply(resolve));
    mirror.write(Buffer.from(`${text}\x1b[6n`));
    const [, column] = /\x1b\[\d+;(\d+)R/.exec(await reply) ?? [];
    return Number(column) - 1;
  } finally {
    mirror.close();
  }
}

test.each([
  ["a letter", "a", 1],
  ["a letter with an accent of its own", "e\u0301", 1],
  ["a wide character", "漢", 2],
  ["an emoji", "😀", 2],
  ["an emoji of Unicode 14", "🫠", 2],
  ["an emoji of Unicode 16", "\u{1FAE9}", 2],
  ["an emoji by its variation selector", "❤️", 2],
  ["a family joined to one", "👩‍👩‍👧‍👦", 2],
  ["a skin tone", "👍🏽", 2],
  ["a flag", "🇩🇪", 2],
  ["two flags", "🇩🇪🇫🇷", 4],
])("%s takes the cells that terminals of today give it", async (_what, text, cells) => {
  expect(await cellsOf(text)).toBe(cells);
});

test("a picture of joined emoji draws them again as they were", async () => {
  const text = "a 👩‍💻 🫠 🇩🇪 b";
  const mirror = await createMirror({ columns: 40, rows: 3 });
  mirror.write(Buffer.from(text));
  await new Promise<void>((resolve) => mirror.drawn(resolve));
  expect(mirror.picture()).toContain(text);
  expect(mirror.text()).toEqual([text]);
  mirror.close();
});
