import { likeness, wordsOf } from "../backlog/likeness.ts";
import { decodeBacklog } from "../backlog/load.ts";
import { mergeBacklogs } from "../backlog/merge.ts";
import { parseOutline } from "../backlog/outline.ts";
import { type Entry, readEntries } from "../backlog/parse.ts";
import { tick } from "../backlog/tick.ts";
import { PleachError } from "../ground/errors.ts";
import type { TaskId } from "../ground/ids.ts";
import type { TrackTask } from "../grow/track.ts";

/** Three versions of a task file, as bytes. */
export interface TaskFiles {
  readonly base: Uint8Array;
  readonly ours: Uint8Array;
  readonly theirs: Uint8Array;
}

/** The text of a task file; undefined when it is none (a picture, UTF-16). */
export function findTaskText(bytes: Uint8Array, name: string): string | undefined {
  try {
    return decodeBacklog(bytes, name);
  } catch (error) {
    if (error instanceof PleachError) return undefined;
    throw error;
  }
}

/** The additive merge of a task file; undefined when both sides edited the same words. */
export function mergeTaskTexts(name: string, files: TaskFiles): string | undefined {
  const base = findTaskText(files.base, name);
  const ours = findTaskText(files.ours, name);
  const theirs = findTaskText(files.theirs, name);
  if (base === undefined || ours === undefined || theirs === undefined) return undefined;
  const merged = mergeBacklogs({ base, ours, theirs });
  return merged.kind === "clean" ? merged.text : undefined;
}

/**
 * A dirty task file after a landing: merged with what landed or, where its owner has edited the very
 * words that landed, as it is with the ticks. Never with conflict markers in it.
 */
export function mergeDirtyTasks(
  name: string,
  files: TaskFiles,
  tasks: readonly TrackTask[],
): string | undefined {
  const merged = mergeTaskTexts(name, files);
  if (merged !== undefined) return merged;
  const ours = findTaskText(files.ours, name);
  return ours === undefined ? undefined : tickTasks(ours, tasks).text;
}

export interface Ticked {
  readonly text: string;
  /** The tasks that are done in the text now and were not before. */
  readonly tasks: readonly TrackTask[];
}

/** Ticks a track's tasks: by id, or, for those without one in the file, by text or its likeness. */
export function tickTasks(text: string, tasks: readonly TrackTask[]): Ticked {
  const entries = readEntries(parseOutline(text));
  const found = tasks.flatMap((task) => {
    const entry = findEntry(entries, task);
    return entry === undefined || entry.task.done ? [] : [{ task, id: entry.task.id }];
  });
  const ids: readonly TaskId[] = found.map(({ id }) => id);
  return { text: tick(text, ids), tasks: found.map(({ task }) => task) };
}

/** From this likeness on, a text may be the task's, edited since. */
const alike = 0.5;

function findEntry(entries: readonly Entry[], task: TrackTask): Entry | undefined {
  const same = entries.find((entry) => entry.task.id === task.id);
  if (same !== undefined || task.explicitId) return same;
  const words = wordsOf(task.text);
  const [best] = entries
    .filter((entry) => !entry.task.explicitId && !entry.task.done)
    .map((entry) => ({ entry, score: likeness(words, wordsOf(entry.task.text)) }))
    .filter(({ score }) => score >= alike)
    .toSorted((a, b) => b.score - a.score);
  return best?.entry;
}
