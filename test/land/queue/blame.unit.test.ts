import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTrackName, type TrackName } from "../../../src/ground/ids.ts";
import { riskOf } from "../../../src/land/queue/blame.ts";
import { next } from "../../../src/land/queue/next.ts";
import { emptyQueue, type Queue } from "../../../src/land/queue/queue.ts";
import { after as told } from "../../../src/land/queue/queue-after.ts";
import { reachOf } from "../../../src/radar/reach.ts";

const seen = { red: 1, of: 5 };
const usual = seen.red / seen.of;

/** Makes a queue of so many tracks, some of which were red together. */
function queueOf(count: number, clashes: readonly (readonly number[])[] = []): Queue {
  let queue = emptyQueue({ parallel: 4, seen, target: "c0" });
  for (let at = 0; at < count; at += 1) {
    const candidate = { track: nameOf(at), after: [], priority: 0, size: 1, since: at };
    const reach = reachOf([`own/${at}`], []);
    queue = told(queue, { type: "entered", candidate: { ...candidate, reach } });
  }
  return { ...queue, clashes: clashes.map((tracks) => tracks.map(nameOf)) };
}

const nameOf = (at: number): TrackName => parseTrackName(`t${at}`);

function riskAt(queue: Queue, at: number): number {
  const entry = queue.entries.find(({ track }) => track === nameOf(at));
  if (entry === undefined) throw new Error(`there is no ${at}`);
  return riskOf(queue, entry);
}

/** Computes the risk by trying every set of red tracks. */
function riskByHand(count: number, clashes: readonly (readonly number[])[], at: number): number {
  let all = 0;
  let red = 0;
  for (let bits = 0; bits < 2 ** count; bits += 1) {
    const isRed = (one: number): boolean => (bits & (1 << one)) !== 0;
    if (!clashes.every((tracks) => tracks.some(isRed))) continue;
    const reds = Array.from({ length: count }, (_, one) => one).filter(isRed).length;
    const chance = usual ** reds * (1 - usual) ** (count - reds);
    all += chance;
    if (isRed(at)) red += chance;
  }
  return red / all;
}

describe("the risk that a track is red by itself", () => {
  test("is the one of Bayes, whatever was red together", () => {
    const clash = fc.uniqueArray(fc.nat(7), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(clash, { maxLength: 5 }), fc.nat(7), (clashes, at) => {
        const expected = Math.min(0.95, riskByHand(8, clashes, at));
        expect(riskAt(queueOf(8, clashes), at)).toBeCloseTo(expected, 9);
      }),
      { numRuns: 300 },
    );
  });

  test("grows for a track that explains several red gates, and falls for those beside it", () => {
    const queue = queueOf(5, [
      [0, 1, 2],
      [0, 3, 4],
    ]);
    expect(riskAt(queue, 0)).toBeGreaterThan(0.6);
    expect(riskAt(queue, 1)).toBeLessThan(riskAt(queueOf(5, [[0, 1, 2]]), 1));
  });
});

describe("while a union is on its way into the target", () => {
  const begun = { kind: "union", tracks: [nameOf(0), nameOf(1)], onto: "c0", over: undefined };
  const base = told(queueOf(4), { type: "began", run: { id: 1, ...begun, kind: "union" } });
  const landing = [
    { type: "green", id: 1, commit: "c1" },
    { type: "advancing", id: 1 },
  ] as const;
  const queue = landing.reduce(told, base);

  test("the next gates are begun on top of it, as if it had landed", () => {
    expect(next(queue)).toMatchObject({ kind: "gate", onto: "c1", over: 1 });
  });

  test("those gates are on the target once it has landed", () => {
    const action = next(queue);
    if (action?.kind !== "gate") throw new Error("no gate is begun");
    const { as: kind, tracks, onto, over } = action;
    const more = told(queue, { type: "began", run: { id: 2, kind, tracks, onto, over } });
    const landed = told(more, { type: "landed", id: 1 });
    expect(landed.runs).toMatchObject([{ id: 2, onto: "c1", over: undefined }]);
    expect(landed.target).toBe("c1");
  });

  test("those gates are of no use when it has not landed", () => {
    const action = next(queue);
    if (action?.kind !== "gate") throw new Error("no gate is begun");
    const { as: kind, tracks, onto, over } = action;
    const more = told(queue, { type: "began", run: { id: 2, kind, tracks, onto, over } });
    const foiled = [
      { type: "moved", target: "c9" },
      { type: "dropped", id: 1 },
    ] as const;
    expect(next(foiled.reduce(told, more))).toEqual({ kind: "drop", id: 2 });
  });

  test("no gate is begun while a running gate is about to end", () => {
    expect(next(queue, true)).toBeUndefined();
  });
});
