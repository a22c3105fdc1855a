import type { TaskId } from "../ground/ids.ts";
import { align } from "./align.ts";
import { normalise, saysAll } from "./likeness.ts";
import type { ParsedTask, Task } from "./parse.ts";

/** A task as it is remembered, to be found again in a file that went on since. */
export type Sought = Pick<Task, "id" | "explicitId" | "text">;

/** Where a remembered task is now. */
export type TaskStanding =
  | { readonly kind: "open"; readonly id: TaskId }
  | { readonly kind: "done" }
  /** Nothing in the file is this task for certain, whatever reads like it. */
  | { readonly kind: "unknown" };

/**
 * Finds a task by its id, then by the very words of its line, then by its place: what came between
 * the same neighbours, and says all that it said. An entry that the base had already is another
 * task, and among those that came, a done one is this task before an open one.
 * @param base the entries where the task was taken from; undefined when that is not known
 */
export function findSameTask(
  sought: Sought,
  now: readonly ParsedTask[],
  base: readonly ParsedTask[] | undefined,
): TaskStanding {
  const byId = now.filter(({ task }) => task.id === sought.id);
  if (byId.length > 0) return standingOf(byId);
  const before = base?.map(({ task }) => task.id);
  // Without a base nobody knows which entries are other tasks.
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
  // Moved among what is done, with a remark: nothing is left to tick.
  return come.some((entry) => entry.task.done && isOnly(sought, entry, gone))
    ? { kind: "done" }
    : here;
}

/** A written id says who a task is: one with another id is another task. */
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

/** What stands now between the neighbours that a task had in the base, and may be it with edited words. */
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

/** Whether an entry says all that a task said, and of none of the others that are gone. */
const isOnly = (sought: Sought, entry: ParsedTask, gone: readonly ParsedTask[]): boolean =>
  saysAll(entry.task.text, sought.text) &&
  gone.every(({ task }) => task.id === sought.id || !saysAll(entry.task.text, task.text));

const keyOf = ({ task }: ParsedTask): string => task.id;
