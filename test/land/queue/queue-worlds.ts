import { parseTrackName, type TrackName } from "../../../src/ground/ids.ts";
import type { TrialTrack, TrialWorld } from "../../../src/lab/trial.ts";
import { reachOf } from "../../../src/radar/reach.ts";

/**
 * Makes a small generator of numbers from 0 to 1; the same seed gives the same numbers
 * (mulberry32).
 */
export function numbersOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Odds {
  /** The most tracks of a world. */
  readonly most: number;
  /** How likely a track is red by itself, and a pair red only together. */
  readonly red: number;
  readonly redPair: number;
  /** How likely two tracks conflict that share a path, and two that do not. */
  readonly conflict: number;
  readonly surprise: number;
  /** How likely a run of the gate is red for no reason. */
  readonly unlucky: number;
  /** How often another process moves the target, in a whole trial. */
  readonly moves: number;
  /** How likely a track needs another track that it names, and comes after. */
  readonly needs: number;
  /** How far apart tracks come, in gates. */
  readonly spread: number;
}

export const gateSeconds = 60;

export interface World extends TrialWorld {
  readonly red: ReadonlySet<TrackName>;
  readonly names: readonly TrackName[];
}

/** Draws a world from a seed. */
export function worldOf(seed: number, odds: Odds): World {
  const draw = numbersOf(seed);
  const count = 1 + Math.floor(draw() * odds.most);
  const names = Array.from({ length: count }, (_, at) => parseTrackName(`t${at}`));
  const pair = (a: TrackName, b: TrackName): string => (a < b ? `${a}|${b}` : `${b}|${a}`);
  const red = new Set(names.filter(() => draw() < odds.red));
  const redPairs = new Set<string>();
  const conflicts = new Set<string>();
  const paths = new Map(
    names.map((name) => {
      const shared = draw() < 0.3 ? [`shared/${Math.floor(draw() * 4)}`] : [];
      return [name, [`own/${name}`, ...shared]] as const;
    }),
  );
  names.forEach((name, at) => {
    for (const other of names.slice(0, at)) {
      const meet = paths.get(name)?.some((path) => paths.get(other)?.includes(path)) === true;
      if (draw() < odds.redPair) redPairs.add(pair(name, other));
      if (draw() < (meet ? odds.conflict : odds.surprise)) conflicts.add(pair(name, other));
    }
  });
  const needs = new Map<TrackName, TrackName>();
  names.forEach((name, at) => {
    const other = names[Math.floor(draw() * at)];
    if (at > 0 && other !== undefined && draw() < odds.needs) needs.set(name, other);
  });
  const arrivals = new Map<TrackName, number>();
  const tracks: TrialTrack[] = names.map((track) => {
    const needed = needs.get(track);
    // A track that comes after another was begun after it.
    const earliest = needed === undefined ? 0 : (arrivals.get(needed) ?? 0);
    arrivals.set(track, Math.max(earliest, draw() * odds.spread * gateSeconds));
    return {
      track,
      after: needed === undefined ? [] : [needed],
      priority: Math.floor(draw() * 3),
      size: 1 + Math.floor(draw() * 20),
      reach: reachOf(paths.get(track) ?? [], []),
      arrives: arrivals.get(track) ?? 0,
    };
  });
  return {
    ...{ tracks, names, red },
    fits: (track, below) => below.every((other) => !conflicts.has(pair(track, other))),
    isGreen: (all) =>
      all.every(
        (track, at) =>
          !red.has(track) &&
          all.slice(0, at).every((other) => !redPairs.has(pair(track, other))) &&
          (needs.get(track) === undefined || all.includes(needs.get(track) as TrackName)),
      ),
    seconds: () => gateSeconds * (0.5 + draw()),
    isUnlucky: () => draw() < odds.unlucky,
    moves: Array.from({ length: Math.floor(draw() * (odds.moves + 1)) }, () => {
      return draw() * 6 * gateSeconds;
    }),
  };
}

/**
 * Finds every set of tracks that could have landed, in whatever order, one by one: as bits, by
 * brute force.
 */
export function landableSets({ names, fits, isGreen }: World): ReadonlySet<number> {
  const reached = new Set<number>([0]);
  const order = [0];
  for (const set of order) {
    const below = names.filter((_, at) => (set & (1 << at)) !== 0);
    names.forEach((name, at) => {
      const more = set | (1 << at);
      if (more === set || reached.has(more)) return;
      if (!fits(name, below) || !isGreen([...below, name])) return;
      reached.add(more);
      order.push(more);
    });
  }
  return reached;
}

/** Draws worlds of exactly twenty tracks, whose gates all take equally long. */
export function twentyTracks(count: number, odds: Odds): readonly World[] {
  const worlds: World[] = [];
  for (let seed = 1; worlds.length < count; seed += 1) {
    const world = worldOf(seed, { ...odds, most: 20 });
    if (world.names.length === 20) worlds.push({ ...world, seconds: () => gateSeconds });
  }
  return worlds;
}
