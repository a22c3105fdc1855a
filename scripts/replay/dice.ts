import { createHash } from "node:crypto";

/** A source of chance that is the same on every machine, for ever. */
export interface Dice {
  /** Rolls a whole number from 0 up to, and without, the limit. */
  below(limit: number): number;
  shuffle<Item>(items: readonly Item[]): Item[];
}

export function diceOf(seed: number): Dice {
  let rolls = 0;
  const below = (limit: number): number => {
    rolls += 1;
    const hash = createHash("sha256").update(`${seed}:${rolls}`).digest();
    return hash.readUInt32BE(0) % limit;
  };
  return {
    below,
    shuffle: (items) => {
      const left = [...items];
      return items.flatMap(() => left.splice(below(left.length), 1));
    },
  };
}
