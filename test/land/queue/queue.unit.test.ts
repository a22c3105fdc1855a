import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { parseTrackName } from "../../../src/ground/ids.ts";
import {
  playQueue,
  type TrialResult,
  type TrialTrack,
  type TrialWorld,
} from "../../../src/lab/trial.ts";
import { playBatches, playSerial, playSpeculative } from "../../../src/lab/trial-others.ts";
import { presumed } from "../../../src/land/landing/gate-kind.ts";
import { reachOf } from "../../../src/radar/reach.ts";
import {
  gateSeconds,
  landableSets,
  type Odds,
  twentyTracks,
  type World,
  worldOf,
} from "./queue-worlds.ts";

/*
 * The real decisions of the queue, played through in worlds drawn at random: tracks red by
 * themselves, red only together, conflicting, with unlucky gates, and a target that others move.
 */

const odds: Odds = {
  ...{ most: 12, red: 0.2, redPair: 0.05, conflict: 0.5, surprise: 0.02 },
  ...{ unlucky: 0.05, moves: 3, needs: 0.1, spread: 3 },
};
const settingsOf = (seed: number) => ({ parallel: 1 + (Math.abs(seed) % 5), seen: presumed });

const trials = (runs: number, chances: Odds, check: (world: World, seed: number) => void): void =>
  fc.assert(
    fc.property(fc.nat(2 ** 31), (seed) => check(worldOf(seed, chances), seed)),
    { numRuns: runs },
  );

/** Expects what must be so in every world. */
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

test("no starvation: a track that is wanted least, and in the way of all others, lands while others keep coming", () => {
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

describe("twenty tracks at once, four gates at a time, against one after the other", () => {
  const lines: string[] = [];
  const mixes = [0, 0.1, 0.15, 0.2, 0.4].flatMap((red) =>
    [0, 0.005].map((redPair) => ({ red, redPair })),
  );
  test.each(mixes)(
    "take a third of the time or less, half of the time: $red red by themselves, $redPair of the pairs red together",
    ({ red, redPair }) => {
      const worlds = twentyTracks(count, { ...together, red, redPair });
      const played = worlds.map((world) => {
        const { seconds, runs } = playQueue(world, { parallel: 4, seen: presumed });
        const against = (other: { readonly seconds: number }): number => seconds / other.seconds;
        return {
          runs,
          serial: against(playSerial(world)),
          batches: against(playBatches(world, 8)),
          speculative: against(playSpeculative(world, 4)),
        };
      });
      const spread = (way: "serial" | "batches" | "speculative"): string =>
        `${way} ${quantile(played, way, 0.5).toFixed(2)} (p90 ${quantile(played, way, 0.9).toFixed(2)})`;
      const runs = played.reduce((sum, one) => sum + one.runs, 0) / count;
      const ways = `${spread("serial")}, ${spread("batches")}, ${spread("speculative")}`;
      lines.push(`red ${red}, pairs ${redPair}: ${ways}, ${runs.toFixed(0)} gates`);
      // With two fifths red there are fewer tracks that could land together.
      expect(quantile(played, "serial", 0.5)).toBeLessThanOrEqual(red > 0.2 ? 0.37 : 1 / 3);
      // A batch that is all green is as fast; the time to advance is counted here only.
      expect(quantile(played, "batches", 0.5)).toBeLessThanOrEqual(1.01);
    },
  );
  afterAll(() => {
    process.stdout.write(
      `the queue's time as a part of others', half of the worlds:\n${lines.join("\n")}\n`,
    );
  });
});

function quantile<Key extends string>(
  rows: readonly Readonly<Record<Key, number>>[],
  key: Key,
  part: number,
): number {
  const sorted = rows.map((row) => row[key]).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

const count = 100;

const now = (at: number): number => at * gateSeconds;
const plain = (name: string, more: Partial<TrialTrack> = {}): TrialTrack => ({
  ...{ track: parseTrackName(name), after: [], priority: 0, size: 1, arrives: 0 },
  ...{ reach: reachOf([name], []), ...more },
});

/** Makes a small world by hand. */
function small(tracks: readonly TrialTrack[], more: Partial<TrialWorld> = {}): TrialWorld {
  return {
    ...{ tracks, fits: () => true, isGreen: () => true, isUnlucky: () => false, moves: [] },
    ...{ seconds: () => gateSeconds, ...more },
  };
}

describe("a queue by hand", () => {
  test("one track is gated once", () => {
    const result = playQueue(small([plain("a")]), { parallel: 4, seen: presumed });
    expect(result).toMatchObject({ landed: [["a"]], runs: 1 });
  });

  test("speculation past a running gate: four green ones, on top of each other, take one gate's time", () => {
    const four = ["a", "b", "c", "d"].map((name) => plain(name));
    const result = playQueue(small(four), { parallel: 4, seen: { red: 1, of: 10 } });
    expect(result.landed).toEqual([["a"], ["b"], ["c"], ["d"]]);
    expect(result.seconds).toBeLessThan(now(1.1));
  });

  test("many land as one union", () => {
    const tracks = Array.from({ length: 12 }, (_, at) => plain(`t${at}`));
    const result = playQueue(small(tracks), { parallel: 4, seen: presumed });
    expect(Math.max(...result.landed.map((union) => union.length))).toBeGreaterThanOrEqual(5);
  });

  test("a red union is run once more, and lands when it was red by bad luck", () => {
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
    const result = playQueue(small(tracks, { seconds, isUnlucky }), {
      parallel: 1,
      seen: presumed,
    });
    expect(result.handedBack).toEqual([]);
    expect(result.landed.flat()).toHaveLength(6);
  });

  test("the later of two tracks that are red together comes back, and all others land", () => {
    const tracks = Array.from({ length: 8 }, (_, at) => plain(`t${at}`));
    const isGreen = (all: readonly string[]): boolean =>
      !(all.includes("t2") && all.includes("t5"));
    const result = playQueue(small(tracks, { isGreen }), { parallel: 2, seen: presumed });
    expect(result.handedBack).toEqual(["t5"]);
    expect(result.landed.flat()).toHaveLength(7);
  });

  const inTurn = { parallel: 1, seen: { red: 1, of: 2 } };

  test("order by dependency: a track that comes after another lands after it, whatever its priority", () => {
    const tracks = [
      plain("a", { after: [parseTrackName("b")], priority: 9 }),
      plain("b"),
      plain("c", { after: [parseTrackName("a")], priority: 9 }),
    ];
    expect(playQueue(small(tracks), inTurn).landed).toEqual([["b"], ["a"], ["c"]]);
  });

  test("order by priority: a track of higher priority lands first, and waits for no company", () => {
    const tracks = [plain("a"), plain("b", { priority: 1 }), plain("c", { priority: 2 })];
    expect(playQueue(small(tracks), inTurn).landed).toEqual([["c"], ["b"], ["a"]]);
    const sure = { parallel: 1, seen: { red: 1, of: 100 } };
    expect(playQueue(small(tracks), sure).landed[0]).toEqual(["c"]);
  });

  test("order by size: the smallest change of equal priority lands first", () => {
    const tracks = [plain("a", { size: 9 }), plain("b", { size: 4 }), plain("c", { size: 1 })];
    expect(playQueue(small(tracks), inTurn).landed).toEqual([["c"], ["b"], ["a"]]);
  });

  test("speculation past a running gate happens only where it pays: not where the run below is likely red", () => {
    const four = ["a", "b", "c", "d"].map((name) => plain(name));
    const likely = playQueue(small(four), { parallel: 4, seen: { red: 2, of: 3 } });
    expect(likely.landed.length).toBeLessThan(4);
    const rare = playQueue(small(four), { parallel: 4, seen: { red: 1, of: 10 } });
    expect(rare).toMatchObject({ landed: [["a"], ["b"], ["c"], ["d"]], runs: 4 });
  });

  test("many tracks are gated in groups, the larger the fewer have been red", () => {
    const tracks = Array.from({ length: 20 }, (_, at) => plain(`t${at}`));
    const runsAt = (red: number): number =>
      playQueue(small(tracks), { parallel: 4, seen: { red: red * 100, of: 100 } }).runs;
    expect(runsAt(0.02)).toBeLessThan(runsAt(0.2));
    expect(runsAt(0.2)).toBeLessThan(runsAt(0.6));
  });

  test("each track of a red group has a gate of its own before it is handed back", () => {
    const tracks = Array.from({ length: 8 }, (_, at) => plain(`t${at}`));
    const alone = new Set<string>();
    const seconds = (union: readonly string[]): number => {
      if (union.length === 1) alone.add(union[0] ?? "");
      return gateSeconds;
    };
    const isGreen = (all: readonly string[]): boolean => !all.includes("t2");
    const result = playQueue(small(tracks, { isGreen, seconds }), { parallel: 2, seen: presumed });
    expect(result.handedBack).toEqual(["t2"]);
    expect(result.landed.flat()).toHaveLength(7);
    expect(alone).toContain("t2");
  });

  test("two tracks that were red together in a group are not put together again", () => {
    const tracks = ["a", "b", "c", "d"].map((name) => plain(name));
    const both: number[] = [];
    const seconds = (union: readonly string[]): number => {
      if (union.includes("a") && union.includes("b")) both.push(union.length);
      return gateSeconds;
    };
    const isGreen = (all: readonly string[]): boolean => !(all.includes("a") && all.includes("b"));
    const result = playQueue(small(tracks, { isGreen, seconds }), { parallel: 2, seen: presumed });
    expect(both).toEqual([2]);
    expect(result.handedBack).toHaveLength(1);
    expect(result.landed.flat()).toHaveLength(3);
  });

  test("a target that others move again and again is given up on", () => {
    const moves = Array.from({ length: 2_000 }, (_, at) => at * 0.2);
    const quick = small([plain("a")], { moves: moves.map((at) => at * gateSeconds) });
    expect(playQueue(quick, { parallel: 2, seen: presumed })).toMatchObject({ gaveUp: ["a"] });
  });
});
