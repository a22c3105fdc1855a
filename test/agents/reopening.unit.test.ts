import fc from "fast-check";
import { expect, test } from "vitest";
import { readReopening } from "../../src/agents/reopening.ts";

/*
 * The words of the programs for a limit, read at 2026-11-21 02:39:34 UTC, which is 03:39 in Berlin.
 */
const now = Date.parse("2026-11-21T02:39:34.000Z");

test.each([
  // Codex 0.169.0
  [
    "You’ve hit your usage limit. Upgrade to Pro (https://chatgpt.com/explore/pro), visit https://chatgpt.com/settings/usage to purchase more credits or try again at 3:39 AM.",
    "2026-11-21T03:39:00Z",
  ],
  ["You've hit your usage limit. Try again in 3 days 2 hours 5 minutes.", "2026-11-24T04:44:34Z"],
  ["You've hit your usage limit. Try again in 3 hours.", "2026-11-21T05:39:34Z"],
  ["You've hit your usage limit. Try again in less than a minute.", null],
  ["You’ve hit your usage limit. Try again at Nov 25th, 2026 9:05 PM.", "2026-11-25T21:05:00Z"],
  ["Rate limit reached for gpt-5.5. Please try again in 20s.", "2026-11-21T02:39:54Z"],
  ["Please try again in 6m0s.", "2026-11-21T02:45:34Z"],
  ["Please try again in 1.5s.", "2026-11-21T02:39:35.500Z"],
  ["Please try again in 350ms.", "2026-11-21T02:39:34.350Z"],
  ["exceeded retry limit, last status: 429 Too Many Requests", null],
  ["Quota exceeded. Check your plan and billing details.", null],
  // Claude Code 2.1.329, and before
  ["usage limit reached|1795230000", "2026-11-21T03:00:00Z"],
  ["API Error: Request rejected (429) · You've hit your usage limit.", null],
  ["You've hit your session limit · resets 3pm (Europe/Berlin)", "2026-11-21T14:00:00Z"],
  ["You've hit your session limit · resets 3:30am (America/New_York)", "2026-11-21T08:30:00Z"],
  ["You've hit your weekly limit · resets Nov 25, 9am (UTC)", "2026-11-25T09:00:00Z"],
  ["You've hit your limit · resets 12am", "2026-11-22T00:00:00Z"],
  [
    "spend limit reached · resets Dec 8 · request an increase at https://example.invalid",
    "2026-12-08T00:00:00Z",
  ],
  ["resets Jan 2, 12:15 PM", null],
  ["5-hour limit reached ∙ resets 2:38am", "2026-11-21T02:38:00Z"],
  // Headers and other forms.
  ["retry-after: 30", "2026-11-21T02:40:04Z"],
  ["Retry after 2 minutes", "2026-11-21T02:41:34Z"],
  ["429 (retry-after=90)", "2026-11-21T02:41:04Z"],
  ["open again at 2026-11-21T08:00:00.000Z", "2026-11-21T08:00:00Z"],
  ["open again at 2027-11-21T08:00:00.000Z", null],
  ["at 17 places in 3 files", null],
  ["", null],
])("%s", (text, expected) => {
  const at = readReopening(text, { now, zone: "UTC" });
  expect(at === null ? null : new Date(at).toISOString()).toBe(
    expected === null ? null : new Date(expected).toISOString(),
  );
});

test("a time without a zone is in the zone of the reader, summer time and all", () => {
  const at = readReopening("try again at 4:39 AM.", { now, zone: "Europe/Berlin" });
  expect(at).toBe(Date.parse("2026-11-21T03:39:00Z"));
  const spring = Date.parse("2026-03-29T00:30:00Z");
  const after = readReopening("resets 4am", { now: spring, zone: "Europe/Berlin" });
  expect(after).toBe(Date.parse("2026-03-29T02:00:00Z"));
});

test("a time read from any words is near enough to be waited for, or there is none", () => {
  const words = fc.constantFrom(
    "at",
    "in",
    "resets",
    "3pm",
    "Nov",
    "31",
    "(UTC)",
    "retry-after",
    "9",
    "days",
    "|",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map((all) => all.join(" ")),
      ),
      (text) => {
        const at = readReopening(text, { now, zone: "Asia/Kolkata" });
        if (at !== null) expect(Math.abs(at - now)).toBeLessThan(36 * 86_400_000);
      },
    ),
  );
});
