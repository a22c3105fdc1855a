import type { TrackName } from "../ground/ids.ts";
import type { TrialTrack, TrialWorld } from "./trial.ts";

/** The landings, time and gates that another way to queue takes for the same tracks. */
export interface Taken {
  readonly landed: readonly TrackName[];
  readonly seconds: number;
  readonly runs: number;
}

const inTurn = ({ tracks }: TrialWorld): readonly TrialTrack[] =>
  tracks.toSorted((a, b) => a.arrives - b.arrives);

/** Plays tracks one after the other, each gated on top of all that landed before. */
export function playSerial(world: TrialWorld): Taken {
  return playBatches(world, 1);
}

/**
 * Plays batches of up to `size` tracks gated together; a red batch is halved until the culprits are
 * known; one gate runs at a time.
 */
export function playBatches(world: TrialWorld, size: number): Taken {
  const landed: TrackName[] = [];
  let seconds = 0;
  let runs = 0;
  const tryAll = (batch: readonly TrackName[]): void => {
    const fitting: TrackName[] = [];
    for (const track of batch) {
      if (world.fits(track, [...landed, ...fitting])) fitting.push(track);
    }
    if (fitting.length === 0) return;
    runs += 1;
    seconds += world.seconds(fitting);
    if (world.isGreen([...landed, ...fitting]) && !world.isUnlucky()) {
      landed.push(...fitting);
    } else if (fitting.length > 1) {
      const half = Math.ceil(fitting.length / 2);
      tryAll(fitting.slice(0, half));
      tryAll(fitting.slice(half));
    }
  };
  let waiting = inTurn(world);
  while (waiting.length > 0) {
    seconds = Math.max(seconds, waiting[0]?.arrives ?? 0);
    const here = waiting.filter(({ arrives }) => arrives <= seconds).slice(0, size);
    waiting = waiting.slice(here.length);
    tryAll(here.map(({ track }) => track));
  }
  return { landed, seconds, runs };
}

/**
 * Plays chains of `parallel` tracks, each gated on top of those before as if they were green; the
 * chain restarts behind a red track.
 */
export function playSpeculative(world: TrialWorld, parallel: number): Taken {
  const landed: TrackName[] = [];
  let seconds = 0;
  let runs = 0;
  let waiting = inTurn(world);
  while (waiting.length > 0) {
    seconds = Math.max(seconds, waiting[0]?.arrives ?? 0);
    const chain: TrackName[] = [];
    const here = waiting.filter(({ arrives }) => arrives <= seconds).slice(0, parallel);
    let ends = 0;
    let done = 0;
    for (const { track } of here) {
      if (!world.fits(track, [...landed, ...chain])) {
        done += 1;
        continue;
      }
      chain.push(track);
      ends = Math.max(ends, world.seconds([track]));
      done += 1;
      if (world.isGreen([...landed, ...chain]) && !world.isUnlucky()) continue;
      chain.pop();
      break;
    }
    // The gates behind a red track have run as well, for nothing.
    runs += here.length;
    seconds += ends;
    landed.push(...chain);
    waiting = waiting.slice(done);
  }
  return { landed, seconds, runs };
}
