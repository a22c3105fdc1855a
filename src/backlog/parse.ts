import { hash as digest } from "node:crypto";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { asTaskId, type TaskId } from "../ground/ids.ts";
import { nearest as nearestOf } from "../ground/text.ts";
import { parseWords, type Words } from "./attributes.ts";
import { findCycles } from "./cycles.ts";
import { normalise } from "./likeness.ts";
import { type Item, joinLines, type Outline, type OutlineLine, parseOutline } from "./outline.ts";

/** A unit of work. */
export interface Task {
  readonly id: TaskId;
  /** Whether the id is written in the file, not derived from the text. */
  readonly explicitId: boolean;
  /** The first line without marker, box and attributes. */
  readonly text: string;
  /** The nested lines, verbatim, without the last line's end. */
  readonly details: string;
  readonly done: boolean;
  /** The line number, from 1. */
  readonly line: number;
  /** The headings and plain list items it stands under, outermost first. */
  readonly headings: readonly string[];
  readonly after: readonly TaskId[];
  /** The globs as written, without a leading `./`; braces may hold commas. */
  readonly touches: readonly string[];
  readonly estimateMinutes?: number;
  readonly agent?: string;
  /** The priority, higher first; 0 when the file says nothing. */
  readonly priority: number;
}

export interface Backlog {
  /** The file's name as it was given to the reader, for messages. */
  readonly file: string;
  /** The tasks in file order. */
  readonly tasks: readonly Task[];
  /** The lines that look like open tasks, in a form that is not read. */
  readonly passedOver: readonly PassedOver[];
}

export interface PassedOver {
  /** The line number, from 1. */
  readonly line: number;
  readonly text: string;
}

/** A task with the item it was read from. */
export interface ParsedTask {
  readonly task: Task;
  readonly item: Item;
  readonly words: Words;
}

/** A mistake at one place; line and column count from 1, columns in UTF-16 units. */
interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/**
 * Reads a task file. Done tasks are history: no mistake in them keeps the rest from being read, and
 * an open task has an id before a done task.
 * @throws PleachError `backlog/malformed` (usage) that names everything wrong as file:line:column
 */
export function parseBacklog(text: string, file: string): Backlog {
  const outline = parseOutline(text);
  const entries = readEntries(outline);
  const open = entries.filter(({ task }) => !task.done);
  const problems = [...wordProblems(open), ...idProblems(open), ...afterProblems(entries)];
  if (problems.length > 0) throw malformed(file, problems);
  const passedOver = outline.strange
    .filter(({ done }) => !done)
    .map(({ start }) => ({ line: start + 1, text: (outline.lines[start]?.text ?? "").trim() }));
  return { file, tasks: distinct(entries.map((entry) => entry.task)), passedOver };
}

/** Selects one task for each id: the open task, or the first that is done. */
function distinct(tasks: readonly Task[]): readonly Task[] {
  const open = new Set(tasks.flatMap(({ id, done }) => (done ? [] : [id])));
  const seen = new Set<TaskId>();
  return tasks.filter(({ id, done }) => {
    if (done && (open.has(id) || seen.has(id))) return false;
    seen.add(id);
    return true;
  });
}

/** Reads the tasks of a file as far as it can be understood: a malformed part counts as absent. */
export function readEntries(outline: Outline): readonly ParsedTask[] {
  const whole = outline.items.filter((item) => !item.isPart);
  const read = whole.map((item) => {
    const words = parseWords((outline.lines[item.line]?.text ?? "").slice(item.wordsAt));
    return { item, words };
  });
  const taken = new Set(read.flatMap(({ words }) => words.attributes.id ?? []));
  const repeats = new Map<string, number>();
  return read.map(({ item, words }) => {
    const id = words.attributes.id ?? derivedId(item.path, words.title, taken, repeats);
    return { item, words, task: taskOf(id, item, words, outline.lines) };
  });
}

function taskOf(id: TaskId, item: Item, words: Words, lines: readonly OutlineLine[]): Task {
  const { attributes, title } = words;
  const { estimateMinutes, agent } = attributes;
  return {
    id,
    explicitId: attributes.id !== undefined,
    text: title,
    details: joinLines(lines.slice(item.line + 1, item.end)).replace(/(?:\r\n|\n|\r)$/, ""),
    done: item.done,
    line: item.line + 1,
    headings: item.path,
    after: attributes.after.map(({ id }) => id),
    touches: attributes.touches,
    ...(estimateMinutes === undefined ? {} : { estimateMinutes }),
    ...(agent === undefined ? {} : { agent }),
    priority: attributes.priority ?? 0,
  };
}

/** Derives an id: a short hash of a task's place and words; equal texts are numbered. */
function derivedId(
  path: readonly string[],
  title: string,
  taken: Set<string>,
  repeats: Map<string, number>,
): TaskId {
  const content = [...path, title].map(normalise).join("\n");
  const hash = `t${digest("sha256", content).slice(0, 8)}`;
  let count = repeats.get(hash) ?? 0;
  let id: string;
  do {
    count++;
    id = count === 1 ? hash : `${hash}-${count}`;
  } while (taken.has(id));
  repeats.set(hash, count);
  taken.add(id);
  return asTaskId(id);
}

function wordProblems(entries: readonly ParsedTask[]): readonly Problem[] {
  return entries.flatMap((entry) =>
    entry.words.problems.map(({ at, message }) => problemAt(entry, at, message)),
  );
}

function problemAt({ item }: ParsedTask, at: number, message: string): Problem {
  return { line: item.line + 1, column: item.wordsAt + at + 1, message };
}

function idProblems(entries: readonly ParsedTask[]): readonly Problem[] {
  const groups = Map.groupBy(entries, (entry) => entry.task.id);
  return [...groups].flatMap(([id, [first, ...others]]) => {
    if (first === undefined || others.length === 0) return [];
    const lines = others.map((entry) => entry.task.line).join(", ");
    return [problemAt(first, 0, `id ${id} is given again in line ${lines}`)];
  });
}

/** The number of mistakes that get a nearest id: the search for it looks at every id. */
const maxNearest = 20;

function afterProblems(entries: readonly ParsedTask[]): readonly Problem[] {
  const indexes = new Map<TaskId, number>();
  for (const done of [false, true]) {
    for (const [index, { task }] of entries.entries())
      if (task.done === done && !indexes.has(task.id)) indexes.set(task.id, index);
  }
  const known = [...indexes.keys()];
  const problems: Problem[] = [];
  const waits = entries.map((entry) =>
    (entry.task.done ? [] : entry.words.attributes.after).flatMap(({ id, at }) => {
      const index = indexes.get(id);
      if (index !== undefined) return [index];
      const nearest = problems.length < maxNearest ? nearestOf(id, known) : undefined;
      const hint = nearest === undefined ? "" : `; the nearest is ${nearest}`;
      problems.push(problemAt(entry, at, `no task has the id ${id}${hint}`));
      return [];
    }),
  );
  for (const cycle of findCycles(waits)) {
    const members = cycle.flatMap((index) => entries[index] ?? []);
    const [first] = members;
    if (first === undefined) continue;
    const names = [...members, first].map(({ task }) => `${task.id} (line ${task.line})`);
    const at = first.words.attributes.after[0]?.at ?? 0;
    problems.push(problemAt(first, at, `tasks wait for each other: ${names.join(" after ")}`));
  }
  return problems;
}

function malformed(file: string, problems: readonly Problem[]): PleachError {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const places = sorted.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
  return new PleachError({
    code: "backlog/malformed",
    message: places.join("\n"),
    hint: `correct ${sorted.length === 1 ? "it" : `these ${sorted.length}`} in ${file}, then \`pleach plan\` again`,
    exitCode: ExitCode.usage,
  });
}
