import fc from "fast-check";
import { expect, test } from "vitest";
import { columns, cut } from "../../src/ground/paper.ts";
import { formatElapsed, formatLive } from "../../src/watch/live.ts";

test("no live line is wider than the paper, whatever agents print", () => {
  const row = fc.record({
    track: fc.stringMatching(/^[a-z][a-z0-9-]{0,40}$/),
    state: fc.constantFrom("growing", "landing", "needs-human"),
    elapsedMs: fc.nat(10_000_000),
    weight: fc.constant("normal" as const),
    note: fc.string({ unit: "binary", maxLength: 200 }),
  });
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 5 }),
      fc.integer({ min: 60, max: 200 }),
      (rows, width) => {
        for (const line of formatLive(rows, { width, color: true })) {
          expect(columns(line)).toBeLessThanOrEqual(width);
          expect(line).not.toMatch(/\n/);
        }
      },
    ),
  );
});

test("text is cut at columns, not at characters", () => {
  expect(cut("日本語のテキスト", 7)).toBe("日本語…");
  expect(cut("plain", 5)).toBe("plain");
  expect(cut("plainer", 5)).toBe("plai…");
});

test("durations are read at a glance", () => {
  expect([0, 59_999, 60_000, 3_600_000 + 7 * 60_000].map(formatElapsed)).toEqual([
    "0s",
    "59s",
    "1m00s",
    "1h07m",
  ]);
});
