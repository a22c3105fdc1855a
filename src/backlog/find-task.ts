import type { TaskId } from "../ground/ids.ts";
import { parseWords } from "./attributes.ts";
import { normalise } from "./likeness.ts";
import { parseOutline } from "./outline.ts";
import type { Task } from "./parse.ts";

export type Findable = Pick<Task, "id" | "text" | "line">;

/** The tasks a person may mean; several where the words do not tell them apart. */
export type FoundTasks = readonly TaskId[];

/**
 * Finds a task by a person's name for it: by its id, the line it stands in (`12`, `TASKS.md:12`),
 * the beginning of its id, its line as it is written, or the beginning of its words. The first way
 * by which any task is found decides.
 */
export function findTasks(reference: string, tasks: readonly Findable[]): FoundTasks {
  const wanted = normalise(reference);
  if (wanted === "") return [];
  const line = /^(?:line |[^\s:]*:)?([1-9]\d{0,6})$/i.exec(wanted)?.[1];
  const words = wordsIn(reference);
  const said = ({ text }: Findable): string => normalise(text).toLowerCase();
  const ways: readonly ((task: Findable) => boolean)[] = [
    (task) => task.id === wanted,
    (task) => line !== undefined && task.line === Number(line),
    (task) => task.id.startsWith(wanted),
    (task) => said(task) === words,
    (task) => words.length >= fewestLetters && said(task).startsWith(words),
  ];
  for (const answers of ways) {
    const found = tasks.filter(answers);
    if (found.length > 0) return found.map(({ id }) => id);
  }
  return [];
}

/** The fewest letters that count as the beginning of a task's words. */
const fewestLetters = 3;

/** Returns the words of a task line that was copied whole, or the reference unchanged. */
function wordsIn(reference: string): string {
  const outline = parseOutline(reference.trim());
  const [item] = outline.items;
  const text =
    item === undefined
      ? reference
      : parseWords((outline.lines[item.line]?.text ?? "").slice(item.wordsAt)).title;
  return normalise(text).toLowerCase();
}
