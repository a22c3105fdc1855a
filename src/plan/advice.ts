/** Whether the work should be parallel at all, with the figures behind the advice. */

export interface Advice {
  readonly verdict: "parallel" | "sequential" | "scout";
  readonly workers: number;
  readonly reasons: readonly string[];
}

/**
 * The minutes a track must last before a worker of its own pays; starting values, from published
 * runs.
 */
export const breakEvenMinutes = { exploration: 5, independent: 10, implementation: 20 } as const;
/**
 * The share of the wall-clock time to save; reviewing and integrating use up any smaller saving.
 */
const leastSaving = 0.1;
/** The share of time that an additional worker must save. */
const leastGain = 0.05;

export interface AdvisedTrack {
  readonly minutes: number;
  readonly kind: keyof typeof breakEvenMinutes;
}

export interface AdviceFacts {
  readonly tasks: number;
  /** The number of tasks that name no path. */
  readonly unpredicted: number;
  /** The number of tasks whose minutes are the default. */
  readonly unestimated: number;
  readonly tracks: readonly AdvisedTrack[];
  /** The minutes of all tasks one after the other. */
  readonly sequentialMinutes: number;
  /** The makespan with 2, 3 and 4 workers. */
  readonly byWorkers: readonly { readonly workers: number; readonly minutes: number }[];
  /** The path that most minutes of work need. */
  readonly hottest?: { readonly path: string; readonly tasks: number; readonly minutes: number };
}

const exploring =
  /^\W*(?:explore|investigate|research|find out|look into|analy[sz]e|compare|read|review|audit|study|survey)\b/i;

export const isExploration = (text: string): boolean => exploring.test(text);

export function decideAdvice(facts: AdviceFacts): Advice {
  const { tasks, unpredicted, sequentialMinutes } = facts;
  const best = choice(facts);
  const saved = sequentialMinutes - best.minutes;
  const sequential = (...reasons: readonly string[]): Advice => ({
    verdict: "sequential",
    workers: 1,
    reasons,
  });
  if (tasks === 0) return sequential("no task is open");
  if (tasks === 1) return sequential("one task: there is nothing to run beside it");
  const compared = `one worker takes ${minutes(sequentialMinutes)}, ${best.workers} take ${minutes(best.minutes)}`;
  if (saved < leastSaving * sequentialMinutes) {
    return sequential(`${compared}: one is as fast`, ...hotReasons(facts));
  }
  const worthwhile = facts.tracks.filter((track) => track.minutes >= breakEvenMinutes[track.kind]);
  if (worthwhile.length < 2) return sequential(shortReason(facts, worthwhile.length), compared);
  if (unpredicted * 2 > tasks) {
    return {
      verdict: "scout",
      workers: 2,
      reasons: [
        `${unpredicted} of ${tasks} tasks name no path, so nobody knows what they share; name paths in the text or with touches:`,
        compared,
      ],
    };
  }
  const share = Math.round((100 * saved) / sequentialMinutes);
  return {
    verdict: "parallel",
    workers: best.workers,
    reasons: [
      `${compared}: ${share} % of the wall-clock saved`,
      ...hotReasons(facts),
      ...uncertainties(facts),
      "expect about twice the tokens of one worker (1.8–2.2×)",
    ],
  };
}

/** Chooses the fewest workers that are about as fast as the best number. */
function choice({ byWorkers, sequentialMinutes }: AdviceFacts) {
  const fastest = byWorkers.reduce((least, { minutes: value }) => Math.min(least, value), Infinity);
  const enough = byWorkers.find(({ minutes: value }) => value <= fastest * (1 + leastGain));
  return enough ?? { workers: 2, minutes: sequentialMinutes };
}

function hotReasons({ hottest, tasks, tracks, sequentialMinutes }: AdviceFacts): readonly string[] {
  if (hottest === undefined || hottest.tasks < 2) return [];
  const { path, minutes: load } = hottest;
  if (hottest.tasks === tasks && (tracks.length === 1 || load >= 0.9 * sequentialMinutes)) {
    return [`all ${tasks} tasks share ${path}: split it, or give it a policy in [soft]`];
  }
  return load * 2 >= sequentialMinutes
    ? [
        `${hottest.tasks} of ${tasks} tasks share ${path}: ${minutes(load)} of ${minutes(sequentialMinutes)}`,
      ]
    : [];
}

function shortReason({ tracks }: AdviceFacts, worthwhile: number): string {
  const longest = tracks.toSorted((a, b) => b.minutes - a.minutes)[worthwhile] ?? tracks[0];
  const limit =
    longest === undefined ? breakEvenMinutes.independent : breakEvenMinutes[longest.kind];
  const kind = longest?.kind ?? "independent";
  return `${worthwhile} of ${tracks.length} tracks are long enough for a worker of their own (${kind} work from ${limit} min; this one ${minutes(longest?.minutes ?? 0)})`;
}

function uncertainties({ tasks, unpredicted, unestimated }: AdviceFacts): readonly string[] {
  const reasons: string[] = [];
  if (unpredicted > 0) reasons.push(`${unpredicted} of ${tasks} tasks name no path: unpredicted`);
  if (unestimated > 0)
    reasons.push(`${unestimated} of ${tasks} durations are guessed; est: says better`);
  return reasons;
}

const minutes = (value: number): string => `${Math.round(value)} min`;
