import fc from "fast-check";
import { expect, test } from "vitest";
import { asAccountId, parseTrackName } from "../../../src/ground/ids.ts";
import {
  bars,
  eased,
  entered,
  entryOf,
  type Hold,
  type HoldPace,
  nextLook,
  placed,
  type ToldLimit,
} from "../../../src/grow/limits/hold.ts";

const pace: HoldPace = { probeMs: 60_000, probeMaxMs: 3_600_000, staggerMs: 15_000 };
const account = asAccountId("claude/key-1");
const told = (reopens: number | null): ToldLimit => ({
  ...{ account, kind: "usage", why: "used up" },
  reopens,
});
const [a, b] = ["a", "b"].map(parseTrackName) as [never, never];
const now = 1_000_000_000;
const open = (hold: Hold, at: number) => entryOf(hold, { now: at, trying: true });

test("an account opens a little after its named time, whatever the clock did meanwhile", () => {
  const hold = placed(undefined, told(now + 3_600_000), now, pace);
  expect(hold).toMatchObject({ since: now, strikes: 1, opens: now + 3_615_000 });
  expect(open(hold, now + 3_614_999)).toBe("none");
  // A laptop that slept for days, and one whose clock was set back.
  expect(open(hold, now + 300_000_000)).toBe("one");
  expect(open(hold, now - 300_000_000)).toBe("none");
  expect(nextLook(hold)).toBe(hold.opens);
});

test("an account without a named time is tried after a while, which doubles per strike up to a limit", () => {
  let hold = placed(undefined, told(null), now, pace);
  const waits: number[] = [];
  for (let at = now; waits.length < 9; ) {
    waits.push(((hold.opens ?? 0) - at) / 60_000);
    at = hold.opens ?? 0;
    hold = placed(entered(hold, a, at, pace), told(null), at, pace);
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

test("an account is not hammered at when its named time was wrong", () => {
  const first = placed(undefined, told(now + 1_000), now, pace);
  const at = first.opens ?? 0;
  const second = placed(entered(first, a, at, pace), told(at + 1_000), at, pace);
  expect(second).toMatchObject({ strikes: 2, since: now, opens: at + 120_000 });
});

test("workers that find out late add nothing but a later time", () => {
  const first = placed(undefined, told(now + 60_000), now, pace);
  expect(placed(first, told(null), now + 10, pace)).toEqual(first);
  const later = placed(first, told(now + 90_000), now + 10, pace);
  expect(later).toMatchObject({ strikes: 1, opens: now + 105_000 });
});

test("one track tries; its first sign of life lets the others follow, one after the other", () => {
  const closed = placed(undefined, told(now), now, pace);
  const tried = entered(closed, a, now + 15_000, pace);
  expect([open(tried, now + 9e9), bars(tried, a), bars(tried, b)]).toEqual(["none", false, true]);
  expect(entryOf(tried, { now: now + 9e9, trying: false })).toBe("one");
  expect(eased(tried, b, now + 20_000, pace)).toBeUndefined();
  const easing = eased(tried, a, now + 20_000, pace);
  if (easing === undefined) throw new Error("it showed life");
  expect([open(easing, now + 34_999), open(easing, now + 35_000)]).toEqual(["none", "one"]);
  const next = entered(easing, b, now + 35_000, pace);
  expect([open(next, now + 49_999), open(next, now + 50_000)]).toEqual(["none", "one"]);
});

type Step =
  | { readonly kind: "told"; readonly in: number | null }
  | { readonly kind: "enter"; readonly track: "a" | "b" }
  | { readonly kind: "life"; readonly track: "a" | "b" };
const anyTrack = fc.constantFrom("a" as const, "b");
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("told" as const),
    in: fc.option(fc.integer({ min: -9e6, max: 9e6 })),
  }),
  fc.record({ kind: fc.constant("enter" as const), track: anyTrack }),
  fc.record({ kind: fc.constant("life" as const), track: anyTrack }),
);

test("a limit closes an account at once, and the account always opens again by itself, in any order of events", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyStep, fc.nat(4e6)), { maxLength: 30 }), (steps) => {
      let at = now;
      let hold = placed(undefined, told(null), at, pace);
      for (const [step, passed] of steps) {
        at += passed;
        if (step.kind === "told") {
          hold = placed(hold, told(step.in === null ? null : at + step.in), at, pace);
          expect(open(hold, at)).toBe("none");
          expect(bars(hold, a) && bars(hold, b)).toBe(true);
        } else if (step.kind === "enter" && open(hold, at) === "one") {
          hold = entered(hold, parseTrackName(step.track), at, pace);
          expect(open(hold, at)).toBe("none");
        } else if (step.kind === "life") {
          hold = eased(hold, parseTrackName(step.track), at, pace) ?? hold;
        }
        const look = nextLook(hold);
        if (hold.at.state === "tried") expect(look).toBeUndefined();
        else expect(open(hold, look ?? Number.NaN)).toBe("one");
      }
    }),
  );
});
