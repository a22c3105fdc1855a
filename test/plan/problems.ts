import fc from "fast-check";
import { type Problem, play, type Schedule } from "../../src/plan/schedule.ts";

export interface ProblemShape {
  readonly maxTasks?: number;
  readonly overhead?: boolean;
  readonly live?: boolean;
}

/**
 * Makes small problems with shared paths, dependencies, priorities, and, if wanted, live tracks.
 */
export function problemArbitrary({ maxTasks = 9, overhead = true, live = true }: ProblemShape) {
  const task = fc.record({
    minutes: fc.integer({ min: 1, max: 30 }),
    lock: fc.uniqueArray(fc.nat(4), { maxLength: 3 }),
    after: fc.array(fc.nat(50), { maxLength: 2 }),
    priority: fc.integer({ min: -1, max: 2 }),
  });
  return fc
    .record({
      tasks: fc.array(task, { minLength: 1, maxLength: maxTasks }),
      workers: fc.integer({ min: 1, max: 4 }),
      live: live ? fc.array(fc.boolean(), { maxLength: 2 }) : fc.constant([]),
      setupMinutes: overhead ? fc.nat(3) : fc.constant(0),
      landMinutes: overhead ? fc.nat(4) : fc.constant(0),
    })
    .map(({ tasks, workers, live: occupies, setupMinutes, landMinutes }): Problem => {
      const count = Math.min(occupies.length, tasks.length);
      return {
        minutes: tasks.map(({ minutes }) => minutes),
        after: tasks.map(({ after }, at) =>
          at < count || at === 0 ? [] : [...new Set(after.map((value) => value % at))],
        ),
        locks: tasks.map(({ lock }) => [lock]),
        resourceCount: 5,
        priorities: tasks.map(({ priority }) => priority),
        workers,
        setupMinutes,
        landMinutes,
        live: count,
        occupies: occupies.slice(0, count),
      };
    });
}

/** Lists the faults of a schedule. */
export function faultsOf(problem: Problem, { groups, timeline }: Schedule): readonly string[] {
  const faults: string[] = [];
  const groupOf = new Map(groups.flatMap((group, at) => group.map((task) => [task, at] as const)));
  const all = groups.flat().toSorted((a, b) => a - b);
  if (all.join() !== problem.minutes.map((_, at) => at).join()) faults.push("not every task once");
  const start = (task: number) => timeline.startMinutes[groupOf.get(task) ?? -1] ?? Number.NaN;
  const end = (task: number) => timeline.endMinutes[groupOf.get(task) ?? -1] ?? Number.NaN;
  for (const [task, earlier] of problem.after.entries()) {
    for (const other of earlier) {
      const group = groups[groupOf.get(task) ?? -1] ?? [];
      const isBefore = group.includes(other)
        ? group.indexOf(other) < group.indexOf(task)
        : end(other) <= start(task);
      if (!isBefore) faults.push(`${task} starts before ${other} has landed`);
    }
  }
  for (const a of all) {
    for (const b of all) {
      if (a >= b || groupOf.get(a) === groupOf.get(b) || b < problem.live) continue;
      const shared = problem.locks[a]
        ?.flat()
        .some((path) => problem.locks[b]?.flat().includes(path));
      if (shared && start(a) < end(b) && start(b) < end(a)) faults.push(`${a} and ${b} meet`);
    }
  }
  const planned = groups.map((_, at) => at).slice(problem.live);
  for (const at of planned) {
    const now = timeline.startMinutes[at] ?? 0;
    const busy = groups.filter(
      (_, other) =>
        (other >= problem.live || problem.occupies[other]) &&
        (timeline.startMinutes[other] ?? 0) <= now &&
        now < (timeline.endMinutes[other] ?? 0),
    );
    if (busy.length > problem.workers) faults.push(`${busy.length} workers at minute ${now}`);
  }
  return faults;
}

/** Finds the shortest makespan of all orders, one track per task. */
export function bestByForce(problem: Problem): number {
  let best = Number.POSITIVE_INFINITY;
  const walk = (order: readonly number[]): void => {
    if (order.length === problem.minutes.length) {
      best = Math.min(best, play(problem, order)?.timeline.makespanMinutes ?? best);
      return;
    }
    for (const task of problem.minutes.keys()) {
      const isFree = problem.after[task]?.every((earlier) => order.includes(earlier));
      if (isFree && !order.includes(task)) walk([...order, task]);
    }
  };
  walk([]);
  return best;
}

/**
 * Finds the shortest makespan there is without overhead, by another way than the planner's: places
 * tasks one by one at the earliest time that is free, for every order (active schedules hold an
 * optimum).
 */
export function bestActive({ minutes, after, locks, workers }: Problem): number {
  let best = Number.POSITIVE_INFINITY;
  const shares = (a: number, b: number) =>
    locks[a]?.flat().some((path) => locks[b]?.flat().includes(path)) ?? false;
  const walk = (placed: readonly { task: number; start: number; end: number }[]): void => {
    if (placed.length === minutes.length) {
      best = Math.min(best, Math.max(0, ...placed.map(({ end }) => end)));
      return;
    }
    for (const [task, length] of minutes.entries()) {
      const isPlaced = (other: number) => placed.some((item) => item.task === other);
      if (isPlaced(task) || !after[task]?.every(isPlaced)) continue;
      const earliest = Math.max(
        0,
        ...placed.filter((item) => after[task]?.includes(item.task)).map(({ end }) => end),
      );
      const fits = (start: number) => {
        const during = placed.filter((item) => item.start < start + length && start < item.end);
        if (during.some((item) => shares(item.task, task))) return false;
        const moments = [start, ...during.map((item) => item.start).filter((at) => at > start)];
        return moments.every(
          (at) => during.filter((item) => item.start <= at && at < item.end).length < workers,
        );
      };
      const starts = [earliest, ...placed.map(({ end }) => end).filter((at) => at > earliest)];
      const start = starts.toSorted((a, b) => a - b).find(fits) ?? 0;
      walk([...placed, { task, start, end: start + length }]);
    }
  };
  walk([]);
  return best;
}
