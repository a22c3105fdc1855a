import {
  type Group,
  type Link,
  linksOf,
  type Problem,
  play,
  predecessors,
  type Schedule,
  singles,
  urgentWait,
} from "./schedule.ts";
import type { FoundOrder } from "./search.ts";

/**
 * The most tasks of a track: a longer chain in one context helps no agent and keeps finished work
 * from landing.
 */
const mostTasksPerTrack = 5;
const budget = 100_000;
const mostTries = 200;
const epsilon = 1e-9;

/**
 * Puts tasks that follow each other on a path into one track, which keeps the agent's context and
 * saves a setup and a landing; only while tracks do not wait for each other in a circle and the
 * whole does not take longer. All joins are tried at once, then halves of the joins that failed.
 */
export function pack(problem: Problem, { order, schedule }: FoundOrder, effort = 1): Schedule {
  const earlierOf = predecessors(problem, order);
  const position = new Map(order.map((task, at) => [task, at]));
  const links = linksOf(problem, order)
    .filter(([earlier]) => earlier >= problem.live)
    .toSorted((a, b) => (position.get(a[1]) ?? 0) - (position.get(b[1]) ?? 0));
  const affordable = Math.floor(budget / (problem.minutes.length + links.length + 1));
  let tries = effort * Math.min(mostTries, 2 + affordable);
  let best = schedule;
  const attempt = (some: readonly Link[]): void => {
    if (some.length === 0 || tries <= 0) return;
    const groups = joined(best.groups, some, problem);
    if (groups === undefined) return;
    tries--;
    const packed = play(problem, order, groups, earlierOf);
    const limit = best.timeline.makespanMinutes + epsilon;
    const waits = urgentWait(problem, best) + epsilon;
    if (
      packed !== undefined &&
      packed.timeline.makespanMinutes <= limit &&
      urgentWait(problem, packed) <= waits
    ) {
      best = packed;
    } else if (some.length > 1) {
      const middle = some.length >> 1;
      attempt(some.slice(0, middle));
      attempt(some.slice(middle));
    }
  };
  attempt(links);
  return best;
}

/** Joins chains end to beginning where the links allow; undefined when nothing could be joined. */
function joined(
  groups: readonly Group[],
  links: readonly Link[],
  problem: Problem,
): readonly Group[] | undefined {
  const chainOf = new Map<number, number[]>();
  for (const group of groups) {
    const chain = [...group];
    for (const task of chain) chainOf.set(task, chain);
  }
  let isChanged = false;
  for (const [earlier, later] of links) {
    const head = chainOf.get(earlier);
    const tail = chainOf.get(later);
    if (head === undefined || tail === undefined || head === tail) continue;
    if (head.at(-1) !== earlier || tail[0] !== later) continue;
    if (head.length + tail.length > mostTasksPerTrack) continue;
    head.push(...tail);
    for (const task of tail) chainOf.set(task, head);
    isChanged = true;
  }
  if (!isChanged) return undefined;
  return [...new Set(singles(problem).map(([task = 0]) => chainOf.get(task) ?? [task]))];
}
