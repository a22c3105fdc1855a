import { type KnownTask, matchTasks } from "../backlog/match.ts";
import type { Backlog, Task } from "../backlog/parse.ts";
import type { TaskId } from "../ground/ids.ts";
import { isLive, type Track } from "../grow/track.ts";

/** A task that was in hand and may now be one of several, or gone: a person must say. */
export interface Unclear {
  readonly id: TaskId;
  /** None of these is started meanwhile. */
  readonly candidates: readonly TaskId[];
}

export interface Settled {
  /** The tasks of the backlog as planning should see them. */
  readonly tasks: readonly Task[];
  readonly unclear: readonly Unclear[];
}

/**
 * Holds the backlog against the tracks. What has landed counts as done, whether or not its box could
 * be ticked; what a live track has in hand does not, although its tick reaches the checkout a moment
 * before the target moves. A task without an id whose text was edited keeps the id it had when its
 * track was cut, so that it never starts twice. Pure.
 * @param former the tasks of the reading before; the tracks' own where there was none
 */
export function settleTasks(
  backlog: Backlog,
  tracks: readonly Track[],
  former: readonly KnownTask[] = [],
): Settled {
  const inHand = tracks.filter((track) => isLive(track) || track.at.state === "landed");
  const held = inHand.flatMap((track) => track.tasks);
  const heldIds = new Set(held.map(({ id }) => id));
  const remembered = new Set(former.map(({ id }) => id));
  const known = [...former, ...held.filter(({ id }) => !remembered.has(id))];
  const matches = matchTasks(known, backlog);
  const was = new Map<TaskId, TaskId>();
  const unclear: Unclear[] = [];
  for (const match of matches) {
    if (match.kind === "edited" && heldIds.has(match.from)) was.set(match.to, match.from);
    if (match.kind === "ambiguous" && heldIds.has(match.id)) unclear.push(match);
  }
  const doubtful = new Set(unclear.flatMap(({ candidates }) => candidates));
  const done = doneByTrack(tracks);
  const tasks = backlog.tasks.map((task) => {
    const id = was.get(task.id) ?? task.id;
    return { ...task, id, done: done.get(id) ?? (task.done || doubtful.has(id)) };
  });
  return { tasks, unclear };
}

function doneByTrack(tracks: readonly Track[]): ReadonlyMap<TaskId, boolean> {
  const done = new Map<TaskId, boolean>();
  for (const track of tracks) {
    if (track.at.state === "landed") for (const { id } of track.tasks) done.set(id, true);
  }
  for (const track of tracks.filter(isLive)) for (const { id } of track.tasks) done.set(id, false);
  return done;
}
