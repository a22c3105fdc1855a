import type { TaskId, TrackName } from "../ground/ids.ts";
import { formatPlan, type PlannedTask, type PlannedTrack, scheduleOf } from "./plan.ts";
import { type PlanInput, preparePlan } from "./prepare.ts";

/** A task and the reason that keeps it and another from running at once. */
export interface Reason {
  readonly task: TaskId;
  readonly track?: TrackName;
  /** The kind: `after` the user's word, `path` a shared path. */
  readonly kind: "after" | "path";
  /** The shared paths; empty for `after`. */
  readonly paths: readonly string[];
}

/** The reasons for a task's place in the plan. */
export interface Explanation {
  readonly task: PlannedTask;
  /** The track of the task; absent for a task that is done. */
  readonly track?: PlannedTrack;
  readonly waitsFor: readonly Reason[];
  readonly heldUpByIt: readonly Reason[];
  readonly sameTrack: readonly Reason[];
  /** The tasks on shared paths with a policy: they run side by side all the same. */
  readonly besides: readonly Reason[];
  readonly isUnpredicted: boolean;
}

/**
 * Explains the place of a task in the plan. @returns undefined when the backlog has no such task
 */
export function explain(input: PlanInput, id: TaskId): Explanation | undefined {
  const prepared = preparePlan(input);
  const { open, live, overlap } = prepared;
  const plan = formatPlan(prepared, scheduleOf(prepared));
  const task = plan.tasks.find((candidate) => candidate.id === id);
  if (task === undefined) return undefined;
  const trackOf = new Map(plan.tracks.flatMap((track) => track.tasks.map((t) => [t, track])));
  const own = trackOf.get(id);
  const holder = live.length + open.findIndex((candidate) => candidate.id === id);
  const isOpen = holder >= live.length;
  const ids = new Map(open.map((candidate) => [candidate.id, candidate]));
  const shared = open.flatMap((other, at) => {
    const paths = overlap.shared(holder, live.length + at);
    if (!isOpen || other.id === id || paths.hard.length + paths.soft.length === 0) return [];
    return [{ ...reasonOf(other.id, trackOf), paths }];
  });
  const alive = live.flatMap((track, at): readonly Reason[] => {
    const paths = isOpen ? overlap.shared(holder, at).hard : [];
    const [first] = track.tasks;
    if (paths.length === 0 || first === undefined) return [];
    return [{ task: first, track: track.name, kind: "path", paths }];
  });
  const hard = shared.flatMap(({ paths, ...rest }): readonly Reason[] =>
    paths.hard.length > 0 ? [{ ...rest, kind: "path", paths: paths.hard }] : [],
  );
  const starts = (reason: Reason) => trackOf.get(reason.task)?.startMinute ?? 0;
  const apart = hard.filter(({ track }) => track !== own?.name);
  const before = (reason: Reason) => starts(reason) < (own?.startMinute ?? 0);
  const declared = (tasks: readonly TaskId[]): readonly Reason[] =>
    tasks.map((other) => ({ ...reasonOf(other, trackOf), kind: "after", paths: [] }));
  const followers = [...ids.values()].filter(({ after }) => after.includes(id));
  const earlier = task.after.filter((other) => trackOf.has(other));
  return {
    task,
    ...(own === undefined ? {} : { track: own }),
    waitsFor: [...declared(earlier), ...alive, ...apart.filter(before)],
    heldUpByIt: [
      ...declared(followers.map((other) => other.id)),
      ...apart.filter((reason) => !before(reason)),
    ],
    sameTrack: hard.filter(({ track }) => track !== undefined && track === own?.name),
    besides: shared
      .filter(({ paths }) => paths.soft.length > 0)
      .map(({ paths, ...rest }) => ({ ...rest, kind: "path", paths: paths.soft })),
    isUnpredicted: !task.done && task.footprint.length === 0,
  };
}

function reasonOf(task: TaskId, trackOf: ReadonlyMap<TaskId, PlannedTrack>) {
  const track = trackOf.get(task)?.name;
  return { task, ...(track === undefined ? {} : { track }) };
}
