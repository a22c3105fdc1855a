import type { TaskId } from "../ground/ids.ts";
import { align } from "./align.ts";
import { normalise, saysAll } from "./likeness.ts";
import type { ParsedTask, Task } from "./parse.ts";

/** The memory of a task, to be found again in a file that has changed since. */
export type Sought = Pick<Task, "id" | "explicitId" | "text">;

/** The present state of a remembered task. */
export type TaskStanding =
  | { readonly kind: "open"; readonly id: TaskId }
  | { readonly kind: "done" }
  /** Nothing in the file is this task for certain, whatever reads like it. */
  | { readonly kind: "unknown" };

/**
 * Finds a task by its id, then by the very words of its line, then by its place: an entry that came
 * between the same neighbours, and has all its words. An entry that the base had already is another
 * task, and among the new entries a done entry is this task before an open entry.
 * @param base the entries of the file the task was taken from; undefined when that is not known
 */
export function findSameTask(
  sought: Sought,
  now: readonly ParsedTask[],
  base: readonly ParsedTask[] | undefined,
): TaskStanding {
  const byId = now.filter(({ task }) => task.id === sought.id);
  if (byId.length > 0) return standingOf(byId);
  const before = base?.map(({ task }) => task.id);
  // Without a base it is unknown which entries are other tasks.
  if (before?.includes(sought.id) !== true) return { kind: "unknown" };
  const known = new Set(before);
  const come = now.filter((entry) => !known.has(entry.task.id) && mayBe(sought, entry));
  const words = normalise(sought.text);
  const exact = come.filter(({ task }) => normalise(task.text) === words);
  if (exact.length > 0) return oneOf(exact);
  const here = oneOf(inPlace(sought, base ?? [], now).filter((entry) => come.includes(entry)));
  if (here.kind !== "unknown") return here;
  const ids = new Set(now.map(({ task }) => task.id));
  const gone = (base ?? []).filter(({ task }) => !ids.has(task.id));
  // The task was moved among the done tasks, with a remark: nothing is left to tick.
  return come.some((entry) => entry.task.done && isOnly(sought, entry, gone))
    ? { kind: "done" }
    : here;
}

/**
 * Whether an entry may be a task: a written id names its task, so an entry with another id is
 * another.
 */
const mayBe = (sought: Sought, { task }: ParsedTask): boolean =>
  !(sought.explicitId && task.explicitId);

function standingOf(entries: readonly ParsedTask[]): TaskStanding {
  const open = entries.find(({ task }) => !task.done);
  return open === undefined ? { kind: "done" } : { kind: "open", id: open.task.id };
}

function oneOf(entries: readonly ParsedTask[]): TaskStanding {
  if (entries.some(({ task }) => task.done)) return { kind: "done" };
  const [one, ...more] = entries;
  return one === undefined || more.length > 0
    ? { kind: "unknown" }
    : { kind: "open", id: one.task.id };
}

/**
 * Finds the entries that now stand between the neighbours a task had in the base, and may be the
 * task with edited words.
 */
function inPlace(
  sought: Sought,
  base: readonly ParsedTask[],
  now: readonly ParsedTask[],
): readonly ParsedTask[] {
  const match = align(base.map(keyOf), now.map(keyOf));
  const at = base.findIndex(({ task }) => task.id === sought.id);
  let from = at;
  while (from > 0 && (match[from - 1] ?? -1) < 0) from -= 1;
  let to = at + 1;
  while (to < base.length && (match[to] ?? -1) < 0) to += 1;
  const start = from === 0 ? 0 : (match[from - 1] ?? -1) + 1;
  const end = to === base.length ? now.length : (match[to] ?? now.length);
  const gone = base.slice(from, to);
  const come = now.slice(start, end);
  const counterpart = gone.length === come.length ? come[at - from] : undefined;
  if (counterpart !== undefined)
    return [counterpart].filter((one) => saysAll(one.task.text, sought.text));
  return come.filter((entry) => isOnly(sought, entry, gone));
}

/** Whether an entry has all the words of a task, and of none of the other tasks that are gone. */
const isOnly = (sought: Sought, entry: ParsedTask, gone: readonly ParsedTask[]): boolean =>
  saysAll(entry.task.text, sought.text) &&
  gone.every(({ task }) => task.id === sought.id || !saysAll(entry.task.text, task.text));

const keyOf = ({ task }: ParsedTask): string => task.id;
