import { describe, expect, test } from "vitest";
import { playQueue } from "../../../src/lab/trial.ts";
import { presumed } from "../../../src/land/landing/gate-kind.ts";
import { GatePace } from "../../../src/land/queue/pace.ts";
import { gateSeconds, numbersOf, twentyTracks } from "./queue-worlds.ts";

/** Makes a pace after green gates of these durations, with one gate running since 0. */
function paceAfter(...took: readonly number[]): GatePace {
  const pace = new GatePace();
  for (const [at, time] of took.entries()) {
    pace.begin(at + 1, 0);
    pace.end(at + 1, "green", time);
  }
  pace.begin(99, 0);
  return pace;
}

describe("a free slot", () => {
  test("waits for a gate that is about to end, and a while beyond", () => {
    const pace = paceAfter(1_000, 1_040);
    expect(pace.waitUntil(800)).toBeUndefined();
    expect(pace.waitUntil(950)).toBe(1_123);
    expect(pace.waitUntil(1_100)).toBe(1_123);
    expect(pace.waitUntil(1_123)).toBeUndefined();
  });

  test("does not wait while no gate has been green, or durations differ too much", () => {
    expect(paceAfter().waitUntil(1_000)).toBeUndefined();
    expect(paceAfter(1_000, 1_500).waitUntil(1_250)).toBeUndefined();
  });

  test("does not wait for a gate that has ended, however it ended", () => {
    for (const how of ["green", "red", "dropped"] as const) {
      const pace = paceAfter(1_000);
      pace.end(99, how, 960);
      expect(pace.waitUntil(970)).toBeUndefined();
    }
  });
});

test("gates that end a moment apart cost hardly more than gates that end together", () => {
  const odds = { most: 20, red: 0.15, redPair: 0.005, conflict: 0.5, surprise: 0, unlucky: 0 };
  const worlds = twentyTracks(100, { ...odds, moves: 0, needs: 0, spread: 0 });
  const settings = { parallel: 4, seen: presumed };
  const sum = (seconds: (draw: () => number) => number): number =>
    worlds.reduce((all, world, seed) => {
      const draw = numbersOf(seed);
      return all + playQueue({ ...world, seconds: () => seconds(draw) }, settings).seconds;
    }, 0);
  const together = sum(() => gateSeconds);
  const apart = sum((draw) => gateSeconds * (0.96 + 0.08 * draw()));
  // When each free slot decided alone, the difference was a tenth.
  expect(apart / together).toBeLessThan(1.06);
});
