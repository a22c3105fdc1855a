/**
 * The way from tasks that exclude each other to an order, and from an order to tracks on workers.
 *
 * An order decides which task goes first wherever two tasks share a path; with that decided, only
 * predecessors are left, and playing those forward is the plan. Search and packing therefore change
 * orders and groups, and always measure the plan that will really run.
 */
import { type Jobs, type Locks, simulate, type Timeline } from "./simulate.ts";

export interface Problem {
  /**
   * The minutes of work of each task; the remaining minutes of the live tracks, which come first.
   */
  readonly minutes: readonly number[];
  readonly after: readonly (readonly number[])[];
  readonly locks: Locks;
  readonly resourceCount: number;
  /** The priorities; a higher number is wanted earlier. */
  readonly priorities: readonly number[];
  readonly workers: number;
  readonly setupMinutes: number;
  /** The minutes of gate and landing of a track. */
  readonly landMinutes: number;
  /** The number of live tracks, at the beginning of the tasks. */
  readonly live: number;
  readonly occupies: readonly boolean[];
}

/** The tasks of a track, in the order they are worked on. */
export type Group = readonly number[];

export interface Schedule {
  readonly groups: readonly Group[];
  /** Per group, the groups it waits for. */
  readonly after: readonly (readonly number[])[];
  readonly timeline: Timeline;
}

export const singles = (problem: Problem): readonly Group[] =>
  problem.minutes.map((_, task) => [task]);

/** A pair of tasks that share a path, the first of which goes immediately before the second. */
export type Link = readonly [earlier: number, later: number];

/** Finds which task follows which on each shared path when the tasks go in this order. */
export function linksOf(problem: Problem, order: readonly number[]): readonly Link[] {
  const links: Link[] = [];
  const last = new Int32Array(problem.resourceCount).fill(-1);
  const alive = liveHolders(problem);
  const linked = new Int32Array(problem.minutes.length).fill(-1);
  for (const task of order) {
    if (task < problem.live) continue;
    const link = (earlier: number): void => {
      if (earlier < 0 || earlier === task || linked[earlier] === task) return;
      linked[earlier] = task;
      links.push([earlier, task]);
    };
    for (const list of problem.locks[task] ?? []) {
      for (const resource of list) {
        const before = last[resource] ?? -1;
        if (before < 0) alive.get(resource)?.forEach(link);
        else link(before);
        last[resource] = task;
      }
    }
  }
  return links;
}

function liveHolders({ live, locks }: Problem): ReadonlyMap<number, readonly number[]> {
  const holders = new Map<number, number[]>();
  for (let track = 0; track < live; track++) {
    for (const resource of new Set(locks[track]?.flat())) {
      holders.set(resource, [...(holders.get(resource) ?? []), track]);
    }
  }
  return holders;
}

/**
 * Plays an order with these tracks.
 * @returns undefined when the tracks would wait for each other in a circle
 */
export function play(
  problem: Problem,
  order: readonly number[],
  groups: readonly Group[] = singles(problem),
  earlierOf: readonly (readonly number[])[] = predecessors(problem, order),
): Schedule | undefined {
  const groupOf = new Int32Array(problem.minutes.length);
  for (const [at, group] of groups.entries()) for (const task of group) groupOf[task] = at;
  const after = groups.map((): number[] => []);
  const seen = groups.map(() => -1);
  for (const [at, group] of groups.entries()) {
    for (const task of group) {
      for (const earlier of earlierOf[task] ?? []) {
        const other = groupOf[earlier] ?? at;
        if (other === at || seen[other] === at) continue;
        seen[other] = at;
        after[at]?.push(other);
      }
    }
  }
  const ranked = [...new Set(order.map((task) => groupOf[task] ?? 0))];
  const timeline = simulate({ ...jobsOf(problem, groups), after }, ranked);
  return timeline && { groups, after, timeline };
}

/** Finds the predecessors of each task when the tasks go in this order. */
export function predecessors(
  problem: Problem,
  order: readonly number[],
): readonly (readonly number[])[] {
  const before = problem.after.map((list) => [...list]);
  for (const [earlier, later] of linksOf(problem, order)) before[later]?.push(earlier);
  return before;
}

/** Makes the jobs of groups: a track is set up once and lands once. */
export function jobsOf(problem: Problem, groups: readonly Group[]): Omit<Jobs, "after"> {
  const { live, occupies, workers, minutes, setupMinutes, landMinutes } = problem;
  return {
    workers,
    live,
    occupies,
    workMinutes: groups.map((group, at) =>
      group.reduce((sum, task) => sum + (minutes[task] ?? 0), at < live ? 0 : setupMinutes),
    ),
    landMinutes: groups.map(() => landMinutes),
  };
}

/**
 * Orders tasks by list scheduling: as they start when the most urgent possible task always goes
 * first.
 */
export function listOrder(problem: Problem): readonly number[] {
  const urgent = urgencies(problem);
  const byUrgency = problem.minutes
    .map((_, task) => task)
    .sort((a, b) => (urgent[b] ?? 0) - (urgent[a] ?? 0) || a - b);
  const jobs = { ...jobsOf(problem, singles(problem)), after: problem.after };
  const timeline = simulate(jobs, byUrgency, problem.locks);
  if (timeline === undefined) throw new Error("tasks wait for each other in a circle");
  return timeline.order;
}

/**
 * Computes the urgency of tasks: max(minutes that depend on the task, minutes its hottest path
 * still has to carry); priority beats both.
 */
function urgencies(problem: Problem): readonly number[] {
  const load = loads(problem);
  const tail = tails(problem);
  const total = problem.minutes.reduce((sum, value) => sum + value, 1);
  return problem.minutes.map((_, task) => {
    const heaviest = (problem.locks[task] ?? []).reduce(
      (most, list) => list.reduce((max, resource) => Math.max(max, load[resource] ?? 0), most),
      0,
    );
    return Math.max(tail[task] ?? 0, heaviest) + total * (problem.priorities[task] ?? 0);
  });
}

/**
 * Measures how long prioritised tasks have to wait, weighed by priority; 0 where nothing stands
 * out.
 */
export function urgentWait({ priorities }: Problem, { groups, timeline }: Schedule): number {
  const least = priorities.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  return groups.reduce((sum, group, at) => {
    const weight = group.reduce((most, task) => most + (priorities[task] ?? least) - least, 0);
    return weight === 0 ? sum : sum + weight * (timeline.startMinutes[at] ?? 0);
  }, 0);
}

/**
 * Sums the minutes each resource is needed; live tracks that hold it already do so at the same
 * time.
 */
export function loads({ minutes, locks, resourceCount, live }: Problem): Float64Array {
  const sums = new Float64Array(resourceCount);
  const counted = new Int32Array(resourceCount).fill(-1);
  for (const [task, lists] of locks.entries()) {
    const length = minutes[task] ?? 0;
    for (const list of lists) {
      for (const resource of list) {
        if (counted[resource] === task) continue;
        counted[resource] = task;
        const sum = sums[resource] ?? 0;
        sums[resource] = task < live ? Math.max(sum, length) : sum + length;
      }
    }
  }
  return sums;
}

/**
 * Computes the minutes of the longest chain of `after` that begins with each task, itself included.
 */
export function tails({ minutes, after }: Problem): readonly number[] {
  const tail = [...minutes];
  const followers = after.map(() => 0);
  for (const list of after) for (const task of list) followers[task] = (followers[task] ?? 0) + 1;
  const open = followers.flatMap((count, task) => (count === 0 ? [task] : []));
  for (let task = open.pop(); task !== undefined; task = open.pop()) {
    for (const earlier of after[task] ?? []) {
      tail[earlier] = Math.max(tail[earlier] ?? 0, (minutes[earlier] ?? 0) + (tail[task] ?? 0));
      followers[earlier] = (followers[earlier] ?? 0) - 1;
      if (followers[earlier] === 0) open.push(earlier);
    }
  }
  return tail;
}
