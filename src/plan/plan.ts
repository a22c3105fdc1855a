import { asBranchName, type BranchName, type TaskId, type TrackName } from "../ground/ids.ts";
import { type Advice, type AdviceFacts, decideAdvice, isExploration } from "./advice.ts";
import { lowerBoundMinutes } from "./bound.ts";
import { type Conflict, gluePaths, listConflicts, pathsBetween } from "./conflicts.ts";
import type { FootprintPath } from "./footprint.ts";
import { nameTracks } from "./names.ts";
import { pack } from "./pack.ts";
import {
  type LiveState,
  minutesOf,
  type PlanInput,
  type PreparedPlan,
  preparePlan,
} from "./prepare.ts";
import { type Group, listOrder, loads, type Schedule } from "./schedule.ts";
import { improve } from "./search.ts";
import { scheduleStrictly } from "./strict.ts";

export interface PlannedTask {
  readonly id: TaskId;
  readonly text: string;
  readonly done: boolean;
  readonly line: number;
  readonly after: readonly TaskId[];
  /** The minutes the plan counts with: `est:`, or the default. */
  readonly estimateMinutes: number;
  readonly estimateSource: "declared" | "default";
  /** The expected paths; for an open task, empty means unpredicted. */
  readonly footprint: readonly FootprintPath[];
}

export interface PlannedTrack {
  readonly name: TrackName;
  readonly branch: BranchName;
  readonly tasks: readonly TaskId[];
  /** The tracks that must have landed before this track starts. */
  readonly after: readonly TrackName[];
  /** The worker, from 1; 0 for a live track that keeps none busy. */
  readonly slot: number;
  readonly startMinute: number;
  /** The minute at which the track has landed. */
  readonly endMinute: number;
  readonly why: string;
  readonly state: "planned" | LiveState;
  /** With strict tracks: the paths that make its tasks one track. */
  readonly glue?: readonly string[];
}

/** The `plan` document of schema 1 (docs/schema/plan.json). */
export interface Plan {
  readonly schema: 1;
  readonly target: string;
  readonly base: string;
  readonly workers: number;
  readonly tasks: readonly PlannedTask[];
  readonly tracks: readonly PlannedTrack[];
  readonly conflicts: readonly Conflict[];
  /** Present and true when there are more conflicts than listed. */
  readonly conflictsCut?: true;
  /** The result of a simulation of the tracks as they will run. */
  readonly makespanMinutes: number;
  readonly lowerBoundMinutes: number;
  /** The minutes of a single worker, one task after the other. */
  readonly sequentialMinutes: number;
  readonly advice: Advice;
}

/**
 * Plans the open tasks around the live tracks, which keep their paths until they have landed.
 * Deterministic, so calling it again from the truth gives the next tracks.
 * @throws PleachError `plan/unmet` (usage): a task waits for a task that will not be done
 */
export function plan(input: PlanInput): Plan {
  const prepared = preparePlan(input);
  return formatPlan(prepared, scheduleOf(prepared));
}

export function scheduleOf({ problem, input }: PreparedPlan): Schedule {
  if (input.strictTracks) return scheduleStrictly(problem);
  const boundMinutes = lowerBoundMinutes(problem);
  const { effort = 1 } = input;
  return pack(problem, improve(problem, listOrder(problem), { boundMinutes, effort }));
}

export function formatPlan(prepared: PreparedPlan, schedule: Schedule): Plan {
  const { input, problem } = prepared;
  const { conflicts, isCut } = listConflicts(prepared, schedule.groups);
  const round = (minutes: number) => Math.round(minutes * 10) / 10;
  const sequential = sequentialMinutes(prepared);
  return {
    schema: 1,
    target: input.target,
    base: input.base,
    workers: problem.workers,
    tasks: input.tasks.map((task) => ({
      id: task.id,
      text: task.text,
      done: task.done,
      line: task.line,
      after: task.after,
      estimateMinutes: minutesOf(task, input),
      estimateSource: task.estimateMinutes === undefined ? "default" : "declared",
      footprint: prepared.footprints.get(task.id) ?? [],
    })),
    tracks: tracksOf(prepared, schedule).map((track) => ({
      ...track,
      startMinute: round(track.startMinute),
      endMinute: round(track.endMinute),
    })),
    conflicts,
    ...(isCut ? { conflictsCut: true } : {}),
    makespanMinutes: round(schedule.timeline.makespanMinutes),
    lowerBoundMinutes: round(lowerBoundMinutes(problem)),
    sequentialMinutes: round(sequential),
    advice: decideAdvice(adviceFacts(prepared, schedule, sequential)),
  };
}

function sequentialMinutes({
  problem: { minutes, setupMinutes, landMinutes },
}: PreparedPlan): number {
  if (minutes.length === 0) return 0;
  return minutes.reduce((sum, value) => sum + value, 0) + setupMinutes + landMinutes;
}

function tracksOf(prepared: PreparedPlan, schedule: Schedule): readonly PlannedTrack[] {
  const { live, open, input } = prepared;
  const { groups, timeline } = schedule;
  const tasksOf = (group: Group) => group.flatMap((task) => open[task - live.length] ?? []);
  const taken = [...live.map(({ name }) => name), ...(input.takenNames ?? [])];
  const fresh = groups.slice(live.length).map((group) => {
    const tasks = tasksOf(group);
    const paths = tasks.flatMap(({ id }) => prepared.footprints.get(id) ?? []);
    return { tasks, paths: paths.filter(({ soft }) => !soft).map(({ path }) => path) };
  });
  const names = [...live.map(({ name }) => name), ...nameTracks(fresh, taken)];
  const tracks = groups.flatMap((group, at): readonly PlannedTrack[] => {
    const name = names[at];
    if (name === undefined) return [];
    return [
      {
        name,
        branch: asBranchName(`work/${name}`),
        tasks: live[at]?.tasks ?? tasksOf(group).map(({ id }) => id),
        after: (schedule.after[at] ?? []).flatMap((other) => names[other] ?? []).sort(),
        slot: (timeline.slots[at] ?? -1) + 1,
        startMinute: timeline.startMinutes[at] ?? 0,
        endMinute: timeline.endMinutes[at] ?? 0,
        why: whyOf(prepared, schedule, at, names),
        state: live[at]?.state ?? "planned",
        ...(input.strictTracks && group.length > 1 ? { glue: gluePaths(prepared, group) } : {}),
      },
    ];
  });
  return tracks.sort((a, b) => a.startMinute - b.startMinute || a.slot - b.slot);
}

function whyOf(
  prepared: PreparedPlan,
  schedule: Schedule,
  at: number,
  names: readonly TrackName[],
): string {
  const { live, open } = prepared;
  const own = schedule.groups[at] ?? [];
  const alive = live[at];
  if (alive !== undefined) return `${alive.state} now; keeps its paths until it has landed`;
  const earlier = schedule.after[at] ?? [];
  const waits = earlier.slice(0, 3).map((other) => {
    const paths = pathsBetween(prepared, schedule.groups[other] ?? [], own);
    return `${names[other]} (${paths.length > 0 ? paths.join(", ") : "after:"})`;
  });
  const parts = [
    own.length > 1 ? `one track for ${list(gluePaths(prepared, own)) || "a circle of after:"}` : "",
    waits.length > 0 ? `waits for ${waits.join(", ")}` : "",
    earlier.length > 3 ? `and ${earlier.length - 3} more` : "",
  ].filter((part) => part !== "");
  if (parts.length > 0) return parts.join("; ");
  const tasks = own.flatMap((task) => open[task - live.length] ?? []);
  const isUnpredicted = tasks.every(({ id }) => (prepared.footprints.get(id) ?? []).length === 0);
  return isUnpredicted ? "unpredicted: it names no path" : "waits for nothing";
}

const list = (paths: readonly string[]): string =>
  paths.length > 3
    ? `${paths.slice(0, 3).join(", ")} and ${paths.length - 3} more`
    : paths.join(", ");

/** The effort for other numbers of workers: the advice needs rougher figures than the plan. */
const quick = 0.1;
/**
 * The number of tasks above which other numbers of workers are assumed to miss their bound as this
 * plan misses its own.
 */
const mostCompared = 500;

function adviceFacts(
  { problem, open, footprints, overlap, live }: PreparedPlan,
  { groups, after, timeline }: Schedule,
  sequential: number,
): AdviceFacts {
  const load = loads(problem);
  const heaviest = load.reduce((best, value, at) => (value > (load[best] ?? 0) ? at : best), 0);
  const [path] = overlap.resources[heaviest]?.paths ?? [];
  const isWaitedFor = new Set(after.flat());
  const tracks = groups.slice(live.length).map((group, at) => ({
    minutes: group.reduce((sum, task) => sum + (problem.minutes[task] ?? 0), 0),
    kind: group.every((task) => isExploration(open[task - live.length]?.text ?? ""))
      ? ("exploration" as const)
      : (after[at + live.length] ?? []).length > 0 || isWaitedFor.has(at + live.length)
        ? ("implementation" as const)
        : ("independent" as const),
  }));
  const ratio = timeline.makespanMinutes / Math.max(1, lowerBoundMinutes(problem));
  const byWorkers = [2, 3, 4].map((workers) => {
    if (workers === problem.workers) return { workers, minutes: timeline.makespanMinutes };
    const other = { ...problem, workers };
    const boundMinutes = lowerBoundMinutes(other);
    if (open.length > mostCompared) return { workers, minutes: boundMinutes * ratio };
    const found = improve(other, listOrder(other), { boundMinutes, effort: quick });
    return { workers, minutes: pack(other, found, quick).timeline.makespanMinutes };
  });
  return {
    tasks: open.length,
    unpredicted: open.filter(({ id }) => (footprints.get(id) ?? []).length === 0).length,
    unestimated: open.filter((task) => task.estimateMinutes === undefined).length,
    tracks,
    sequentialMinutes: sequential,
    byWorkers,
    ...(path === undefined || (load[heaviest] ?? 0) === 0
      ? {}
      : {
          hottest: {
            path,
            minutes: load[heaviest] ?? 0,
            tasks: overlap.holdersOf(heaviest).filter((holder) => holder >= live.length).length,
          },
        }),
  };
}

/**
 * Selects the planned tracks that may start now, most urgent first, no more than there are free
 * workers.
 * @param landed tracks that have landed since the plan was made
 */
export function readyTracks(
  { tracks }: Plan,
  {
    landed,
    freeWorkers,
  }: { readonly landed: ReadonlySet<TrackName>; readonly freeWorkers: number },
): readonly PlannedTrack[] {
  return tracks
    .filter(({ name, state }) => state === "planned" && !landed.has(name))
    .filter(({ after }) => after.every((name) => landed.has(name)))
    .slice(0, Math.max(0, freeWorkers));
}
