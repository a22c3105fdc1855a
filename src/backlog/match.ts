import type { TaskId } from "../ground/ids.ts";
import { alike, likeness, normalise, wordsOf } from "./likeness.ts";
import type { Backlog, Task } from "./parse.ts";
import { isDerived } from "./short-id.ts";

/** The memory of a task from an earlier reading. */
export type KnownTask = Pick<Task, "id" | "text" | "line" | "headings">;

export type Match =
  | { readonly kind: "same"; readonly id: TaskId }
  /** The known task goes on under another id: its text was edited, or it was given an id. */
  | { readonly kind: "edited"; readonly from: TaskId; readonly to: TaskId }
  /**
   * The known task may be any of the candidates, or gone; a person must say. The candidates are not
   * new.
   */
  | { readonly kind: "ambiguous"; readonly id: TaskId; readonly candidates: readonly TaskId[] }
  | { readonly kind: "gone"; readonly id: TaskId }
  | { readonly kind: "new"; readonly id: TaskId };

/** The lead in score that the best candidate must have over the next. */
const margin = 0.15;
/** The addition to likeness for standing in the same place. */
const placeBonus = 0.2;
/**
 * The number of tasks with a word above which the word tells nothing apart; keeps the search
 * linear.
 */
const maxShared = 100;

interface Candidate {
  readonly known: KnownTask;
  readonly task: Task;
  readonly score: number;
  readonly isAlike: boolean;
}

/**
 * Finds the tasks of an earlier reading in the present file, by id, then by text, then by likeness
 * and place. Best given all tasks of the earlier reading, because the tasks that stayed tell how
 * far the lines have moved. Returns a match for each known task, and "new" for each present task
 * that no known task can be.
 */
export function matchTasks(previous: readonly KnownTask[], current: Backlog): readonly Match[] {
  const found = new Map<KnownTask, Match>();
  const present = new Map(current.tasks.map((task) => [task.id, task]));
  const known = new Set(previous.map((task) => task.id));
  for (const task of previous)
    if (present.has(task.id)) found.set(task, { kind: "same", id: task.id });
  const lost = previous.filter((task) => !present.has(task.id));
  const come = new Set(current.tasks.filter((task) => !known.has(task.id)));
  const settle = (from: KnownTask, task: Task): void => {
    found.set(from, { kind: "edited", from: from.id, to: task.id });
    come.delete(task);
  };
  for (const [from, task] of pairsOfEqualText(lost, come)) settle(from, task);
  const open = lost.filter((task) => !found.has(task));
  const candidates = findCandidates(open, [...come], shiftOf(previous, present));
  const byKnown = Map.groupBy(candidates, (each) => each.known);
  const byTask = Map.groupBy(candidates, (each) => each.task);
  for (const each of candidates) {
    const rivals = [...(byKnown.get(each.known) ?? []), ...(byTask.get(each.task) ?? [])];
    if (isClear(each, rivals)) settle(each.known, each.task);
  }
  for (const task of open) {
    if (found.has(task)) continue;
    const left = (byKnown.get(task) ?? []).filter((each) => come.has(each.task));
    const ids = left.map((each) => each.task.id);
    found.set(
      task,
      ids.length === 0
        ? { kind: "gone", id: task.id }
        : { kind: "ambiguous", id: task.id, candidates: ids },
    );
  }
  const matches = previous.flatMap((task) => found.get(task) ?? []);
  const doubtful = new Set(
    matches.flatMap((match) => (match.kind === "ambiguous" ? match.candidates : [])),
  );
  const fresh = [...come].filter((task) => !doubtful.has(task.id));
  return [...matches, ...fresh.map(({ id }): Match => ({ kind: "new", id }))];
}

/** Pairs tasks that say the same, in file order, where there are as many of them as before. */
function pairsOfEqualText(
  lost: readonly KnownTask[],
  come: Iterable<Task>,
): readonly (readonly [KnownTask, Task])[] {
  const after = Map.groupBy(come, (task) => normalise(task.text));
  return [...Map.groupBy(lost, (task) => normalise(task.text))].flatMap(([text, before]) => {
    const others = after.get(text) ?? [];
    if (others.length !== before.length) return [];
    return before.flatMap((from, index) => {
      const task = others[index];
      return task === undefined ? [] : [[from, task] as const];
    });
  });
}

/**
 * Returns how many lines the surroundings of a line have moved: as the nearest task above that
 * stayed.
 */
function shiftOf(
  previous: readonly KnownTask[],
  present: ReadonlyMap<TaskId, Task>,
): (known: KnownTask) => number {
  const shifts = new Map<KnownTask, number>();
  let shift = 0;
  for (const known of previous.toSorted((a, b) => a.line - b.line)) {
    const task = present.get(known.id);
    if (task !== undefined) shift = task.line - known.line;
    shifts.set(known, shift);
  }
  return (known) => shifts.get(known) ?? 0;
}

function findCandidates(
  open: readonly KnownTask[],
  come: readonly Task[],
  shift: (known: KnownTask) => number,
): readonly Candidate[] {
  const words = new Map(come.map((task) => [task, wordsOf(task.text)]));
  const byWord = new Map<string, Task[]>();
  for (const [task, said] of words) {
    for (const word of said) {
      const tasks = byWord.get(word);
      if (tasks === undefined) byWord.set(word, [task]);
      else if (tasks.length <= maxShared) tasks.push(task);
    }
  }
  const byLine = new Map(come.map((task) => [task.line, task]));
  return open.flatMap((known) => {
    const said = wordsOf(known.text);
    const near = byLine.get(known.line + shift(known));
    const inPlace = near !== undefined && samePath(near, known) ? near : undefined;
    const alikes = [...said].flatMap((word) => {
      const tasks = byWord.get(word) ?? [];
      return tasks.length > maxShared ? [] : tasks;
    });
    return [...new Set([...alikes, ...(inPlace === undefined ? [] : [inPlace])])].flatMap(
      (task) => {
        // An edit changes an id made from the text; a written id names its task.
        if (task.explicitId && !isDerived(known.id)) return [];
        const score = likeness(said, words.get(task) ?? new Set());
        const isAlike = score >= alike;
        if (!isAlike && task !== inPlace) return [];
        return [{ known, task, isAlike, score: score + (task === inPlace ? placeBonus : 0) }];
      },
    );
  });
}

/**
 * Whether a candidate is alike, and ahead of every other pair that either of the two could form.
 */
const isClear = (candidate: Candidate, rivals: readonly Candidate[]): boolean =>
  candidate.isAlike &&
  rivals.every((other) => other === candidate || other.score <= candidate.score - margin);

const samePath = (one: KnownTask, other: KnownTask): boolean =>
  one.headings.join("\n") === other.headings.join("\n");
