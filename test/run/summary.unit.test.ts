import { expect, test } from "vitest";
import { formatSummary, type Summary } from "../../src/run/summary.ts";

const paper = { width: 200, color: false };
const nothing: Summary = {
  ...{ landed: [], waitingForYou: [], notes: [], interrupted: false, usage: null },
  notLanded: [{ track: "auth", outcome: "growing", reason: "still landing" }],
  ...{ seconds: 0, sequentialSeconds: 0 },
};
const figuresOf = (summary: Summary): string | undefined =>
  formatSummary(summary, paper).find((line) => line.includes("landed,"));

test("a run that worked on no track says so instead of a ratio", () => {
  expect(figuresOf(nothing)).toBe("0 landed, 1 not; no track was worked on (0s by the clock)");
  expect(figuresOf({ ...nothing, seconds: 5, sequentialSeconds: 0.4 })).toContain("no track");
});

test("a run that worked says how long the same work takes one after the other", () => {
  expect(figuresOf({ ...nothing, seconds: 30, sequentialSeconds: 75 })).toBe(
    "0 landed, 1 not; 30s by the clock, 1m15s one after the other (2.5 times as long)",
  );
});
