import { type KnownTask, matchTasks } from "../../backlog/match.ts";
import type { Backlog, Task } from "../../backlog/parse.ts";
import type { TaskId } from "../../ground/ids.ts";
import { isLive, type Track } from "../../track/track.ts";

/** A task that was in hand and may now be one of several, or gone: a person must say. */
export interface Unclear {
  readonly id: TaskId;
  /** The tasks it may be; none of these is started meanwhile. */
  readonly candidates: readonly TaskId[];
}

export interface Remembered {
  /** The tasks of the reading before; the tracks' own where there was none. */
  readonly former?: readonly KnownTask[];
  /** Landed tasks that could not be ticked: their lines may stand there with other words. */
  readonly owed?: ReadonlySet<TaskId>;
}

export interface FormerTasks {
  /** The tasks of the backlog as planning should see them. */
  readonly tasks: readonly Task[];
  readonly unclear: readonly Unclear[];
}

/**
 * Settles the backlog against the tracks. A landed task counts as done, whether or not its box
 * could be ticked; a live track's task does not, although its tick reaches the checkout a moment
 * before the target moves. A task without an id whose text was edited keeps the id it had when its
 * track was cut, so that it never starts twice. Pure.
 */
export function settleTasks(
  backlog: Backlog,
  tracks: readonly Track[],
  { former = [], owed = new Set() }: Remembered = {},
): FormerTasks {
  const held = tracks.flatMap((track) => {
    if (isLive(track)) return track.tasks;
    // A ticked task keeps its line or is gone for good; nothing else takes its place.
    return track.at.state === "landed" ? track.tasks.filter(({ id }) => owed.has(id)) : [];
  });
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
