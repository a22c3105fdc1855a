import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import {
  playQueue,
  type TrialResult,
  type TrialTrack,
  type TrialWorld,
} from "../../src/land/trial.ts";
import { playBatches, playSerial, playSpeculative } from "../../src/land/trial-others.ts";
import { reachOf } from "../../src/radar/reach.ts";
import { gateSeconds, landableSets, type Odds, type World, worldOf } from "./queue-worlds.ts";

/*
 * The real decisions of the queue, played through in worlds drawn at random: tracks red by
 * themselves, red only together, conflicting, with unlucky gates, and a target that others move.
 */

const odds: Odds = {
  ...{ most: 12, red: 0.2, redPair: 0.05, conflict: 0.5, surprise: 0.02 },
  ...{ unlucky: 0.05, moves: 3, needs: 0.1, spread: 3 },
};
const settingsOf = (seed: number) => ({ parallel: 1 + (Math.abs(seed) % 5), redRate: 0.2 });

const trials = (runs: number, chances: Odds, check: (world: World, seed: number) => void): void =>
  fc.assert(
    fc.property(fc.nat(2 ** 31), (seed) => check(worldOf(seed, chances), seed)),
    { numRuns: runs },
  );

/** What must be so in every world. */
function expectSound(world: World, result: TrialResult): void {
  const landed = result.landed.flat();
  // Each tip that the target ever had is green.
  for (let at = 1; at <= result.landed.length; at += 1) {
    expect(world.isGreen(result.landed.slice(0, at).flat())).toBe(true);
  }
  for (const [at, track] of landed.entries()) {
    expect(world.fits(track, landed.slice(0, at))).toBe(true);
  }
  const all = [...landed, ...result.handedBack, ...result.gaveUp];
  expect(all.toSorted()).toEqual(world.names.toSorted());
}

describe("10,000 queues drawn at random", () => {
  test("end, with each track landed or handed back once, and nothing red ever lands", () => {
    trials(6_000, odds, (world, seed) => expectSound(world, playQueue(world, settingsOf(seed))));
  });

  test("land all that can land: no order of landing one by one would have landed more besides", () => {
    const certain = { ...odds, most: 8, unlucky: 0, moves: 1 };
    trials(4_000, certain, (world, seed) => {
      const result = playQueue(world, settingsOf(seed));
      expectSound(world, result);
      const sets = landableSets(world);
      const landed = result.landed.flat();
      const set = world.names.reduce((bits, name, at) => {
        return landed.includes(name) ? bits | (1 << at) : bits;
      }, 0);
      expect(sets.has(set)).toBe(true);
      expect([...sets].filter((other) => other !== set && (other & set) === set)).toEqual([]);
    });
  });
});

test("nobody starves: what is wanted least, and in everybody's way, lands while others keep coming", () => {
  let most = 0;
  const flood = { ...odds, most: 60, red: 0.1, redPair: 0.01, unlucky: 0, moves: 0, spread: 40 };
  trials(60, flood, (world, seed) => {
    const last = world.names[0];
    const tracks = world.tracks.map((one) => ({
      ...one,
      ...(one.track === last ? { priority: 0, size: 1_000, arrives: 0 } : { priority: 2 }),
      reach: reachOf([...one.reach.claims, "everybody"], []),
      after: [],
    }));
    const free = { ...world, tracks, fits: () => true, isGreen: world.isGreen };
    const { waited } = playQueue(free, { ...settingsOf(seed), parallel: 4 });
    most = Math.max(most, waited);
  });
  expect(most).toBeLessThanOrEqual(20);
});

const together: Odds = {
  ...odds,
  most: 20,
  unlucky: 0,
  moves: 0,
  needs: 0,
  surprise: 0,
  spread: 0,
};

test("twenty tracks at once take about a third of the time of one after the other", () => {
  const lines: string[] = [];
  for (const red of [0, 0.1, 0.2, 0.4]) {
    for (const redPair of [0, 0.005]) {
      const sums = new Map<string, { seconds: number; runs: number }>();
      const add = (name: string, { seconds, runs }: { seconds: number; runs: number }): void => {
        const sum = sums.get(name) ?? { seconds: 0, runs: 0 };
        sums.set(name, { seconds: sum.seconds + seconds, runs: sum.runs + runs });
      };
      for (const world of twenty({ ...together, red, redPair })) {
        add("serial", playSerial(world));
        add("batches of 8", playBatches(world, 8));
        add("speculative", playSpeculative(world, 4));
        add("pleach, 2 at once", playQueue(world, { parallel: 2, redRate: 0.2 }));
        add("pleach, 4 at once", playQueue(world, { parallel: 4, redRate: 0.2 }));
      }
      const serial = sums.get("serial")?.seconds ?? 1;
      const said = [...sums].map(([name, { seconds, runs }]) => {
        const gates = (seconds / gateSeconds / count).toFixed(1);
        return `${name} ${gates} (${(seconds / serial).toFixed(2)}; ${(runs / count).toFixed(0)} runs)`;
      });
      lines.push(`red ${red}, pairs red together ${redPair}: ${said.join(", ")}`);
      expect((sums.get("pleach, 4 at once")?.seconds ?? serial) / serial).toBeLessThan(0.42);
    }
  }
  process.stdout.write(`in gates (of serial):\n${lines.join("\n")}\n`);
});

const count = 40;

/** Worlds of twenty tracks whose gates all take as long. */
function twenty(chances: Odds): readonly World[] {
  const worlds: World[] = [];
  for (let seed = 1; worlds.length < count; seed += 1) {
    const world = worldOf(seed, chances);
    if (world.names.length === 20) worlds.push({ ...world, seconds: () => gateSeconds });
  }
  return worlds;
}

const now = (at: number): number => at * gateSeconds;
const plain = (name: string, more: Partial<TrialTrack> = {}): TrialTrack => ({
  ...{ track: parseTrackName(name), after: [], priority: 0, size: 1, arrives: 0 },
  ...{ reach: reachOf([name], []), ...more },
});

/** A small world by hand. */
function small(tracks: readonly TrialTrack[], more: Partial<TrialWorld> = {}): TrialWorld {
  return {
    ...{ tracks, fits: () => true, isGreen: () => true, isUnlucky: () => false, moves: [] },
    ...{ seconds: () => gateSeconds, ...more },
  };
}

describe("a queue by hand", () => {
  test("one track is gated once", () => {
    const result = playQueue(small([plain("a")]), { parallel: 4, redRate: 0.2 });
    expect(result).toMatchObject({ landed: [["a"]], runs: 1 });
  });

  test("a few ride on each other: four green ones take one gate's time", () => {
    const four = ["a", "b", "c", "d"].map((name) => plain(name));
    const result = playQueue(small(four), { parallel: 4, redRate: 0.1 });
    expect(result.landed).toEqual([["a"], ["b"], ["c"], ["d"]]);
    expect(result.seconds).toBeLessThan(now(1.1));
  });

  test("many land as one union", () => {
    const tracks = Array.from({ length: 12 }, (_, at) => plain(`t${at}`));
    const result = playQueue(small(tracks), { parallel: 4, redRate: 0.2 });
    expect(Math.max(...result.landed.map((union) => union.length))).toBeGreaterThanOrEqual(5);
  });

  test("a red union is run once more, and lands when it was only unlucky", () => {
    const tracks = Array.from({ length: 6 }, (_, at) => plain(`t${at}`));
    let unions = 0;
    const seconds = (union: readonly unknown[]): number => {
      if (union.length > 1) unions += 1;
      return gateSeconds;
    };
    let unlucky = 0;
    const isUnlucky = (): boolean => {
      unlucky += unions;
      return unlucky === 1;
    };
    const result = playQueue(small(tracks, { seconds, isUnlucky }), { parallel: 1, redRate: 0.2 });
    expect(result.handedBack).toEqual([]);
    expect(result.landed.flat()).toHaveLength(6);
  });

  test("of two that are red together the later one comes back, and all others land", () => {
    const tracks = Array.from({ length: 8 }, (_, at) => plain(`t${at}`));
    const isGreen = (all: readonly string[]): boolean =>
      !(all.includes("t2") && all.includes("t5"));
    const result = playQueue(small(tracks, { isGreen }), { parallel: 2, redRate: 0.2 });
    expect(result.handedBack).toEqual(["t5"]);
    expect(result.landed.flat()).toHaveLength(7);
  });

  test("what comes after another one lands after it, and what has priority lands first", () => {
    const tracks = [
      plain("a", { after: [parseTrackName("b")] }),
      plain("b"),
      plain("c", { priority: 1 }),
    ];
    const result = playQueue(small(tracks), { parallel: 1, redRate: 0.2 });
    expect(result.landed).toEqual([["c"], ["b"], ["a"]]);
  });

  test("a target that others move again and again is given up on", () => {
    const moves = Array.from({ length: 2_000 }, (_, at) => at * 0.2);
    const quick = small([plain("a")], { moves: moves.map((at) => at * gateSeconds) });
    expect(playQueue(quick, { parallel: 2, redRate: 0.2 })).toMatchObject({ gaveUp: ["a"] });
  });
});
