import { findCycles } from "../backlog/cycles.ts";
import { type Group, listOrder, type Problem, play, type Schedule } from "./schedule.ts";

/**
 * Schedules in the static form: tasks that share a path are one track, whatever that costs in time.
 * Tracks that would wait for each other in a circle are merged; longest first. Landing order is
 * then free, except for `after`.
 */
export function scheduleStrictly(problem: Problem): Schedule {
  const order = listOrder(problem);
  const { find, union } = createSets(problem.minutes.length);
  const holder = new Map<number, number>();
  for (const [task, lists] of problem.locks.entries()) {
    if (task < problem.live) continue;
    for (const resource of lists.flat()) {
      union(task, holder.get(resource) ?? task);
      holder.set(resource, task);
    }
  }
  for (;;) {
    const waits = problem.minutes.map((): number[] => []);
    for (const [task, earlier] of problem.after.entries()) {
      for (const other of earlier)
        if (find(other) !== find(task)) waits[find(task)]?.push(find(other));
    }
    const cycles = findCycles(waits);
    if (cycles.length === 0) break;
    for (const [first = 0, ...rest] of cycles) for (const member of rest) union(first, member);
  }
  const groups = longestFirst(problem, order, find);
  const schedule = play(problem, groups.flat(), groups);
  if (schedule === undefined) throw new Error("strict tracks wait for each other in a circle");
  return schedule;
}

function longestFirst(
  problem: Problem,
  order: readonly number[],
  find: (task: number) => number,
): readonly Group[] {
  const members = new Map<number, number[]>();
  for (let track = 0; track < problem.live; track++) members.set(track, [track]);
  for (const task of order) {
    if (task < problem.live) continue;
    const group = members.get(find(task));
    if (group) group.push(task);
    else members.set(find(task), [task]);
  }
  const groups = [...members.values()];
  const minutes = (group: Group) =>
    group.reduce((sum, task) => sum + (problem.minutes[task] ?? 0), 0);
  const planned = groups.slice(problem.live).sort((a, b) => minutes(b) - minutes(a));
  return [...groups.slice(0, problem.live), ...planned];
}

/** Makes disjoint sets over 0 to count - 1. */
function createSets(count: number) {
  const parents = Array.from({ length: count }, (_, at) => at);
  const find = (from: number): number => {
    let at = from;
    for (let up = parents[at] ?? at; up !== at; up = parents[at] ?? at) {
      parents[at] = parents[up] ?? up;
      at = up;
    }
    return at;
  };
  return {
    find,
    union: (a: number, b: number): void => {
      parents[find(a)] = find(b);
    },
  };
}
