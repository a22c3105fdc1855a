import { linksOf, type Problem, play, type Schedule, urgentWait } from "./schedule.ts";

export interface SearchOptions {
  /** A makespan that cannot be beaten: reaching it ends the search, and proves the plan optimal. */
  readonly boundMinutes: number;
  readonly seed?: number;
  /** The share of the usual number of tries. */
  readonly effort?: number;
}

export interface FoundOrder {
  readonly order: readonly number[];
  readonly schedule: Schedule;
}

/**
 * The work a search may cost, in steps of about a microsecond; small plans get many tries, huge
 * plans none.
 */
const budget = 400_000;
const mostTries = 3000;
/** The fewest tries worth making: fewer would find nothing. */
const fewestTries = 50;
const epsilon = 1e-9;

/**
 * Improves an order by local search: moves a task earlier or later within what `after` allows, and
 * keeps the new order when it is not worse. Deterministic: the seed is fixed and tries are counted,
 * not timed.
 */
export function improve(
  problem: Problem,
  first: readonly number[],
  { boundMinutes, seed = 1, effort = 1 }: SearchOptions,
): FoundOrder {
  const random = generator(seed);
  const start = play(problem, first);
  if (start === undefined) throw new Error("tasks wait for each other in a circle");
  const size = problem.minutes.length + linksOf(problem, first).length;
  const affordable = Math.min(mostTries, Math.floor(budget / Math.max(1, size)));
  const tries = affordable < fewestTries ? 0 : effort * affordable;
  // Live tracks do not move: with nothing else there is no order to choose.
  const isFixed = first.length <= problem.live + 1;
  let best: FoundOrder = { order: first, schedule: start };
  let wait = urgentWait(problem, start);
  let cost = delay(problem, start);
  for (let round = 0; round < tries && !isFixed; round++) {
    if (best.schedule.timeline.makespanMinutes <= boundMinutes + epsilon) break;
    let order = nudged(problem, best.order, random);
    // A second step at times, to leave an order that no single step improves.
    while (order !== undefined && random() < 0.3) order = nudged(problem, order, random);
    const schedule = order && play(problem, order);
    if (schedule === undefined || order === undefined) continue;
    // Priority is the user's word: no order that makes prioritised tasks wait longer is better.
    if (urgentWait(problem, schedule) > wait + epsilon) continue;
    const gain = best.schedule.timeline.makespanMinutes - schedule.timeline.makespanMinutes;
    const next = delay(problem, schedule);
    if (gain < -epsilon || (gain < epsilon && next > cost + epsilon)) continue;
    best = { order, schedule };
    wait = urgentWait(problem, schedule);
    cost = next;
  }
  return best;
}

/**
 * Measures the delay that decides among equals: work, and prioritised work most, should end sooner.
 */
function delay({ priorities }: Problem, { timeline }: Schedule): number {
  const least = priorities.reduce((low, value) => Math.min(low, value), 0);
  return timeline.endMinutes.reduce(
    (sum, end, task) => sum + end * (1 + (priorities[task] ?? 0) - least),
    0,
  );
}

function nudged(
  problem: Problem,
  order: readonly number[],
  random: () => number,
): readonly number[] | undefined {
  const from = problem.live + Math.floor(random() * (order.length - problem.live));
  const task = order[from] ?? 0;
  const earlier = new Set(problem.after[task]);
  let low = from;
  while (low > problem.live && !earlier.has(order[low - 1] ?? -1)) low--;
  let high = from;
  while (high + 1 < order.length && !problem.after[order[high + 1] ?? 0]?.includes(task)) high++;
  if (low === high) return undefined;
  const to = low + Math.floor(random() * (high - low + 1));
  if (to === from) return undefined;
  const moved = order.toSpliced(from, 1);
  moved.splice(to, 0, task);
  return moved;
}

/** Makes random numbers by mulberry32 (public domain): small, and the same on every machine. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
