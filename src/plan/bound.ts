import { loads, type Problem, tails } from "./schedule.ts";

/**
 * Computes a lower bound for every plan of these tasks, however they are packed into tracks: max(Σ
 * minutes / workers, heaviest path, longest chain of `after`, longest task), and before and after
 * that at least one setup and one landing, as a track is set up and lands once.
 */
export function lowerBoundMinutes(problem: Problem): number {
  const { minutes, live, occupies, workers } = problem;
  if (minutes.length === 0) return 0;
  const growing = occupies.filter((busy) => busy).length;
  const atWork = minutes.reduce(
    (sum, value, task) => sum + (task < live && occupies[task] === false ? 0 : value),
    0,
  );
  const shared = atWork / Math.max(workers, growing, 1);
  // A path or chain of live tracks alone has its setup behind it; only its landing is certain.
  const once = live > 0 ? problem.landMinutes : problem.setupMinutes + problem.landMinutes;
  return Math.max(shared, maximum(loads(problem)), maximum(tails(problem))) + once;
}

function maximum(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}
