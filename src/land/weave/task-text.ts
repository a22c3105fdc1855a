import { findTaskText, mergeTaskFiles, type TaskFiles } from "../../backlog/merge/files.ts";
import { parseOutline } from "../../backlog/outline.ts";
import { readEntries } from "../../backlog/parse.ts";
import { findSameTask } from "../../backlog/same-task.ts";
import { tick } from "../../backlog/tick.ts";
import type { TrackTask } from "../../track/track.ts";

/**
 * Merges a dirty task file with the landed version; when its owner has edited the very words that
 * landed, only ticks it. Never leaves conflict markers.
 */
export function mergeDirtyTasks(
  name: string,
  files: TaskFiles,
  tasks: readonly TrackTask[],
): Pick<Ticked, "text" | "owed"> | undefined {
  const merged = mergeTaskFiles(name, files);
  if (merged?.kind === "clean") return { text: merged.text, owed: [] };
  const ours = findTaskText(files.ours, name);
  const base = findTaskText(files.base, name);
  return ours === undefined ? undefined : tickTasks(ours, tasks, () => base);
}

export interface Ticked {
  readonly text: string;
  /** The tasks that are done in the text now and were not before. */
  readonly tasks: readonly TrackTask[];
  /** The tasks that no line of the text is for certain: nothing was ticked in their stead. */
  readonly owed: readonly TrackTask[];
}

/** Finds the text of the task file that a task was taken from; undefined when that is not known. */
export type BaseOf = (task: TrackTask) => string | undefined;

/** Ticks a track's tasks, and nothing that only reads like one of them. */
export function tickTasks(text: string, tasks: readonly TrackTask[], baseOf: BaseOf): Ticked {
  const entries = readEntries(parseOutline(text));
  const found = tasks.map((task) => {
    const here = findSameTask(task, entries, undefined);
    if (here.kind !== "unknown") return { task, here };
    const base = baseOf(task);
    if (base === undefined) return { task, here };
    return { task, here: findSameTask(task, entries, readEntries(parseOutline(base))) };
  });
  const open = found.flatMap(({ task, here }) =>
    here.kind === "open" ? [{ task, id: here.id }] : [],
  );
  return {
    text: tick(
      text,
      open.map(({ id }) => id),
    ),
    tasks: open.map(({ task }) => task),
    owed: found.flatMap(({ task, here }) => (here.kind === "unknown" ? [task] : [])),
  };
}
