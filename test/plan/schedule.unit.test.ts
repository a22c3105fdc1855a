import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makespanRatios } from "../../bench/plan.ts";
import { lowerBoundMinutes } from "../../src/plan/bound.ts";
import { pack } from "../../src/plan/pack.ts";
import { listOrder, type Problem, play, singles } from "../../src/plan/schedule.ts";
import { improve } from "../../src/plan/search.ts";
import { simulate } from "../../src/plan/simulate.ts";
import { scheduleStrictly } from "../../src/plan/strict.ts";
import { bestActive, bestByForce, faultsOf, problemArbitrary } from "./problems.ts";

const searched = (problem: Problem, effort = 0.05) =>
  improve(problem, listOrder(problem), { boundMinutes: lowerBoundMinutes(problem), effort });
const makespan = (problem: Problem) => searched(problem, 1).schedule.timeline.makespanMinutes;

const problems = problemArbitrary({});

/** Compares makespans with the best there is, over a fixed sample. */
function ratiosTo(
  best: (problem: Problem) => number,
  shape: Parameters<typeof problemArbitrary>[0],
  numRuns: number,
): readonly number[] {
  // Priority may cost time, and the best of all orders ignores it.
  const sample = fc
    .sample(problemArbitrary(shape), { numRuns, seed: 1 })
    .map((problem) => ({ ...problem, priorities: problem.priorities.map(() => 0) }));
  return sample.map((problem) => makespan(problem) / Math.max(best(problem), 1e-9));
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("a schedule", () => {
  test("keeps shared paths apart, `after` in order and workers within their number", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const found = searched(problem);
        expect(faultsOf(problem, found.schedule)).toEqual([]);
        expect(faultsOf(problem, pack(problem, found))).toEqual([]);
        expect(faultsOf(problem, scheduleStrictly(problem))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("is never shorter than the lower bound, packed or not", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const bound = lowerBoundMinutes(problem) - 1e-9;
        const found = searched(problem);
        expect(found.schedule.timeline.makespanMinutes).toBeGreaterThanOrEqual(bound);
        expect(pack(problem, found).timeline.makespanMinutes).toBeGreaterThanOrEqual(bound);
        expect(scheduleStrictly(problem).timeline.makespanMinutes).toBeGreaterThanOrEqual(bound);
      }),
      { numRuns: 300 },
    );
  });

  test("does not grow by packing or by searching", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const listed = play(problem, listOrder(problem))?.timeline.makespanMinutes ?? 0;
        const found = searched(problem);
        const packed = pack(problem, found);
        expect(found.schedule.timeline.makespanMinutes).toBeLessThanOrEqual(listed + 1e-9);
        expect(packed.timeline.makespanMinutes).toBeLessThanOrEqual(
          found.schedule.timeline.makespanMinutes + 1e-9,
        );
        expect(packed.groups.length).toBeLessThanOrEqual(singles(problem).length);
      }),
      { numRuns: 300 },
    );
  });

  test("is the same every time", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        expect(pack(problem, searched(problem))).toEqual(pack(problem, searched(problem)));
      }),
      { numRuns: 50 },
    );
  });

  // No theorem bounds these two, so their mean is tested on a fixed sample of problems.
  test("is as short as the best order there is, or nearly, for six tasks", () => {
    const ratios = ratiosTo(bestByForce, { maxTasks: 6, live: false }, 100);
    expect(mean(ratios)).toBeLessThanOrEqual(1.001);
    expect(Math.max(...ratios)).toBeLessThanOrEqual(1.2);
  });

  test("is hardly longer than the shortest schedule of any kind for six tasks", () => {
    const ratios = ratiosTo(bestActive, { maxTasks: 6, live: false, overhead: false }, 200);
    expect(mean(ratios)).toBeLessThanOrEqual(1.01);
    expect(Math.max(...ratios)).toBeLessThanOrEqual(1.5);
  });

  test("comes within 5 % of the lower bound on random backlogs", () => {
    const ratios = makespanRatios(25);
    expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length).toBeLessThanOrEqual(1.05);
  });
});

describe("packing", () => {
  const chain: Problem = {
    minutes: [10, 10, 10, 30],
    after: [[], [], [], []],
    locks: [[[0]], [[0]], [[0]], [[1]]],
    resourceCount: 2,
    priorities: [0, 0, 0, 0],
    workers: 2,
    setupMinutes: 2,
    landMinutes: 3,
    live: 0,
    occupies: [],
  };

  test("joins tasks that share a path and saves their landings", () => {
    const found = searched(chain);
    const packed = pack(chain, found);
    expect(packed.groups.map((group) => group.length).sort()).toEqual([1, 3]);
    // Both tracks are done at minute 32, and land one after the other.
    expect(packed.timeline.makespanMinutes).toBe(38);
    expect(found.schedule.timeline.makespanMinutes).toBeGreaterThan(38);
  });

  test("leaves apart a task that others are waiting for", () => {
    // 2 and 3 wait for 0 alone; packing 1 behind 0 would make them wait for 1 as well.
    const waiting: Problem = {
      ...chain,
      minutes: [10, 30, 40, 40],
      after: [[], [], [0], [0]],
      locks: [[[0]], [[0]], [], []],
      workers: 3,
    };
    expect(pack(waiting, searched(waiting)).groups.map((group) => group.length)).toEqual([
      1, 1, 1, 1,
    ]);
  });

  test("makes no track of more than five tasks", () => {
    const many: Problem = {
      ...chain,
      minutes: Array(13).fill(5),
      after: Array(13).fill([]),
      locks: Array(13).fill([[0]]),
      priorities: Array(13).fill(0),
    };
    const sizes = pack(many, searched(many)).groups.map((group) => group.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5);
    expect(sizes.length).toBeLessThanOrEqual(4);
  });
});

describe("the simulation", () => {
  test("lands one job at a time, first come first served", () => {
    const jobs = {
      workMinutes: [10, 10, 5],
      landMinutes: [4, 4, 4],
      after: [[], [], []],
      workers: 3,
      live: 0,
      occupies: [],
    };
    expect(simulate(jobs, [0, 1, 2])?.endMinutes).toEqual([14, 18, 9]);
  });

  test("tells when jobs wait for each other in a circle", () => {
    const jobs = {
      workMinutes: [1, 1],
      landMinutes: [0, 0],
      after: [[1], [0]],
      workers: 1,
      live: 0,
      occupies: [],
    };
    expect(simulate(jobs, [0, 1])).toBeUndefined();
  });
});

test("a task with priority goes first", () => {
  const problem: Problem = {
    minutes: [10, 10, 10],
    after: [[], [], []],
    locks: [[], [], []],
    resourceCount: 0,
    priorities: [0, 0, 5],
    workers: 1,
    setupMinutes: 0,
    landMinutes: 0,
    live: 0,
    occupies: [],
  };
  expect(searched(problem).schedule.timeline.order[0]).toBe(2);
});
