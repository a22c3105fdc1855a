/** The step from the caller's knowledge to the scheduler's input. */
import { ExitCode, PleachError } from "../ground/errors.ts";
import type { TaskId, TrackName } from "../ground/ids.ts";
import { escapeGlob, parseGlob } from "../predict/paths/glob.ts";
import { indexPaths } from "../predict/paths/path-index.ts";
import { declaredPath, type FootprintPath, footprintOf } from "./footprint.ts";
import { type FootprintOverlap, findOverlap } from "./overlap.ts";
import type { Problem } from "./schedule.ts";
import type { PlanTask } from "./task.ts";

/** The state of a track that exists already and has not landed. */
export type LiveState =
  | "provisioning"
  | "growing"
  | "ready"
  | "landing"
  | "handed-back"
  | "held"
  | "needs-human"
  | "failed";

/** A track that holds the paths it touches until it has landed or is dropped. */
export interface LiveTrack {
  readonly name: TrackName;
  readonly tasks: readonly TaskId[];
  /** The globs it was expected to touch. */
  readonly predicted: readonly string[];
  /** The paths it has really touched, taken literally. */
  readonly touched: readonly string[];
  readonly state: LiveState;
  /**
   * The remaining minutes of work; default: the estimates of its tasks, nothing once it is ready.
   */
  readonly remainingMinutes?: number;
}

export interface PlanInput {
  /** The branch the work lands on. */
  readonly target: string;
  readonly base: string;
  readonly workers: number;
  /** The whole backlog, done tasks included. */
  readonly tasks: readonly PlanTask[];
  /** All paths of the target's tree. */
  readonly trackedPaths: readonly string[];
  /** The globs that have a policy in `[soft]`, the task file among them. */
  readonly soft: readonly string[];
  /** The only tasks to plan; without it, all open tasks. */
  readonly only?: readonly TaskId[];
  readonly live?: readonly LiveTrack[];
  /** The names of tracks, branches and folders that exist. */
  readonly takenNames?: readonly string[];
  /** Whether tasks on the same files form one track. */
  readonly strictTracks?: boolean;
  /** The share of the usual search for a better order, from 0 to 1. */
  readonly effort?: number;
  /** The minutes of a task without `est:`. */
  readonly taskMinutes?: number;
  /** The overhead of a track; measured where there are measurements. */
  readonly overhead?: {
    readonly setupMinutes: number;
    readonly gateMinutes: number;
    readonly landMinutes: number;
  };
}

export interface PreparedPlan {
  readonly input: PlanInput;
  readonly live: readonly LiveTrack[];
  /** The tasks to schedule; holder `live.length + n` of the overlap is task `n`. */
  readonly open: readonly PlanTask[];
  readonly footprints: ReadonlyMap<TaskId, readonly FootprintPath[]>;
  readonly overlap: FootprintOverlap;
  readonly problem: Problem;
}

export const defaultTaskMinutes = 15;
/** The overhead until a repository's own runs are measured. */
export const defaultOverhead = { setupMinutes: 1, gateMinutes: 1, landMinutes: 0.5 };

export function minutesOf(task: PlanTask, input: PlanInput): number {
  return task.estimateMinutes ?? input.taskMinutes ?? defaultTaskMinutes;
}

/** Whether an agent is, or will be again, at work on a track in this state. */
export const keepsWorker = (state: LiveState): boolean =>
  state === "provisioning" || state === "growing" || state === "handed-back" || state === "held";

/**
 * Prepares a plan. @throws PleachError `plan/unmet` (usage): a task waits for a task that will not
 * be done
 */
export function preparePlan(input: PlanInput): PreparedPlan {
  const live = input.live ?? [];
  const index = indexPaths(input.trackedPaths);
  const soft = input.soft.map(parseGlob);
  const alive = new Set(live.flatMap((track) => track.tasks));
  const chosen = input.only && new Set(input.only);
  const open = input.tasks.filter(
    (task) => !task.done && !alive.has(task.id) && (chosen?.has(task.id) ?? true),
  );
  const footprints = new Map(
    input.tasks
      .filter((task) => !task.done)
      .map((task) => [task.id, footprintOf(task, index, soft)] as const),
  );
  const held = live.map(({ predicted, touched }) => [
    ...predicted.map((glob) => declaredPath(glob, index)),
    ...touched.map(escapeGlob),
  ]);
  const wanted = open.map((task) => (footprints.get(task.id) ?? []).map(({ path }) => path));
  const overlap = findOverlap([...held, ...wanted], index, soft);
  return {
    input,
    live,
    open,
    footprints,
    overlap,
    problem: problemOf(input, live, open, overlap),
  };
}

function problemOf(
  input: PlanInput,
  live: readonly LiveTrack[],
  open: readonly PlanTask[],
  overlap: FootprintOverlap,
): Problem {
  const overhead = input.overhead ?? defaultOverhead;
  const byId = new Map(input.tasks.map((task) => [task.id, task]));
  return {
    minutes: [
      ...live.map((track) => remainingMinutes(track, byId, input)),
      ...open.map((task) => minutesOf(task, input)),
    ],
    after: [...live.map(() => []), ...predecessors(live, open, byId)],
    locks: overlap.locks,
    resourceCount: overlap.resources.length,
    priorities: [...live.map(() => 0), ...open.map(({ priority }) => priority)],
    workers: Math.max(1, Math.floor(input.workers)),
    setupMinutes: overhead.setupMinutes,
    landMinutes: overhead.gateMinutes + overhead.landMinutes,
    live: live.length,
    occupies: live.map((track) => keepsWorker(track.state)),
  };
}

function remainingMinutes(
  track: LiveTrack,
  byId: ReadonlyMap<TaskId, PlanTask>,
  input: PlanInput,
): number {
  if (track.remainingMinutes !== undefined) return Math.max(0, track.remainingMinutes);
  if (!keepsWorker(track.state)) return 0;
  return track.tasks.reduce((sum, id) => {
    const task = byId.get(id);
    return sum + (task ? minutesOf(task, input) : (input.taskMinutes ?? defaultTaskMinutes));
  }, 0);
}

function predecessors(
  live: readonly LiveTrack[],
  open: readonly PlanTask[],
  byId: ReadonlyMap<TaskId, PlanTask>,
): readonly (readonly number[])[] {
  const holderOf = new Map<TaskId, number>();
  for (const [at, track] of live.entries()) for (const id of track.tasks) holderOf.set(id, at);
  for (const [at, task] of open.entries()) holderOf.set(task.id, live.length + at);
  return open.map((task) => {
    const holders = task.after.flatMap((id) => {
      if (byId.get(id)?.done) return [];
      const holder = holderOf.get(id);
      if (holder === undefined) throw unmet(task.id, id, byId.has(id));
      return [holder];
    });
    return [...new Set(holders)];
  });
}

function unmet(task: TaskId, earlier: TaskId, isKnown: boolean): PleachError {
  return new PleachError({
    code: "plan/unmet",
    message: `task ${task} waits for ${earlier}, which is ${isKnown ? "not done and not among the chosen tasks" : "not in the backlog"}`,
    hint: isKnown
      ? `choose both: --only ${earlier},${task}`
      : `correct \`after:\` of ${task} in the task file`,
    exitCode: ExitCode.usage,
  });
}
