import fc from "fast-check";
import { parseOutline } from "../../src/backlog/outline.ts";

/** An element of a model file: an item, known by its name, or a line of prose. */
export interface Element {
  /** A word that stands in the item's text and nowhere else; empty for prose. */
  readonly name: string;
  readonly done: boolean;
  readonly words: string;
  readonly details: readonly string[];
}

export type File = readonly Element[];

/** A base and the versions that two sides made of it. */
export interface History {
  readonly base: File;
  readonly ours: File;
  readonly theirs: File;
}

const vocabulary =
  "rotate refresh token parse header escape quote stream buffer index cache evict retry budget " +
  "theme dark layout grid button focus order ship invoice tax round export import merge split";
const words = vocabulary.split(" ");

/** Makes words of its own for each name, so that no two items are alike by chance. */
const wordsFor = (name: string, seed: number): string => {
  const pick = (n: number): string =>
    words[(seed * 7 + n * 11 + n * n * seed) % words.length] ?? "";
  return `${name} ${name}a ${name}b ${name}c ${pick(1)} ${pick(2)}`;
};

export const render = (file: File): string =>
  file
    .map(({ name, done, words, details }) =>
      name === "" ? `${words}\n` : [`- [${done ? "x" : " "}] ${words}`, ...details, ""].join("\n"),
    )
    .join("");

const prose = (words: string): Element => ({ name: "", done: false, words, details: [] });

const newItem = (name: string, seed: number, hasId: boolean): Element => ({
  name,
  done: seed % 5 === 0,
  words: wordsFor(name, seed) + (hasId ? `  id:${name}` : ""),
  details: seed % 3 === 0 ? [`  detail of ${seed}`, "  - [ ] nested step"] : [],
});

const baseFile: fc.Arbitrary<File> = fc
  .array(fc.tuple(fc.nat(1000), fc.nat(9)), { minLength: 1, maxLength: 14 })
  .map((seeds) =>
    seeds.flatMap(([seed, kind], index) => {
      if (kind === 0) return [prose(""), prose(`## Part ${index}`), prose("")];
      if (kind === 1) return [prose(""), prose(`Words ${index}.`), prose("")];
      if (kind === 2) return [prose("```"), prose("- [ ] no task"), prose("```")];
      return [newItem(`item${index}`, seed, seed % 2 === 0)];
    }),
  );

interface Operation {
  readonly kind:
    | "tick"
    | "untick"
    | "add"
    | "addSame"
    | "delete"
    | "edit"
    | "prose"
    | "detail"
    | "move";
  readonly at: number;
  readonly to: number;
}

const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constantFrom(
    ...(["tick", "tick", "tick", "untick", "add", "add", "addSame", "delete"] as const),
    ...(["edit", "prose", "detail", "move"] as const),
  ),
  at: fc.nat(1000),
  to: fc.nat(1000),
});

/** Makes a side's version of the file; each element is changed at most once, but for its tick. */
function change(base: File, side: string, operations: readonly Operation[]): File {
  const file = [...base];
  const changed = new Set<string>();
  for (const [count, { kind, at, to }] of operations.entries()) {
    const place = at % (file.length + 1);
    const element = file[place];
    const goal = to % (file.length + 1);
    if (kind === "add")
      file.splice(safe(file, place), 0, newItem(`${side}${count}`, at, to % 2 === 0));
    else if (kind === "addSame") {
      // At the top, where both sides add it under the same (no) heading.
      const name = `same${at % 3}`;
      if (!file.some((other) => other.name === name))
        file.unshift({ ...newItem(name, 1, at % 2 === 0), done: to % 2 === 0 });
    } else if (element === undefined) continue;
    else if (element.name === "") {
      if (kind === "prose" && element.words.startsWith("Words"))
        file[place] = { ...element, words: `${element.words} ${side}` };
    } else if (kind === "tick" || kind === "untick")
      file[place] = { ...element, done: kind === "tick" };
    else if (kind === "delete") {
      if (!element.name.startsWith("same")) file.splice(place, 1);
    } else if (!changed.has(element.name) && !element.name.startsWith("same")) {
      changed.add(element.name);
      if (kind === "edit") file[place] = { ...element, words: `${side} ${element.words}` };
      if (kind === "detail")
        file[place] = { ...element, details: [...element.details, `  ${side} detail`] };
      if (kind === "move") {
        file.splice(place, 1);
        file.splice(safe(file, goal), 0, element);
      }
    }
  }
  return file;
}

/**
 * Finds a place in no code fence, and not right above a paragraph, which would become the item's
 * own.
 */
function safe(file: File, place: number): number {
  const above = file.slice(0, place).filter((element) => element.words === "```");
  const isSafe = above.length % 2 === 0 && !file[place]?.words.startsWith("Words");
  return isSafe ? Math.min(place, file.length) : safe(file, place + 1);
}

export const backlogHistory: fc.Arbitrary<History> = fc
  .record({
    base: baseFile,
    ours: fc.array(operation, { maxLength: 6 }),
    theirs: fc.array(operation, { maxLength: 6 }),
  })
  .map(({ base, ours, theirs }) => ({
    base,
    ours: change(base, "ours", ours),
    theirs: change(base, "theirs", theirs),
  }));

export interface Expected {
  readonly name: string;
  readonly alive: boolean;
  readonly done: boolean;
  readonly isEditedTwice: boolean;
}

/** Computes what the additive rule says of each item, by the items' names alone. */
export function expectedOf({ base, ours, theirs }: History): readonly Expected[] {
  const find = (file: File, name: string) => file.find((element) => element.name === name);
  const names = new Set([...base, ...ours, ...theirs].map((element) => element.name));
  names.delete("");
  return [...names].map((name) => {
    const [b, o, t] = [find(base, name), find(ours, name), find(theirs, name)];
    const left = o ?? t;
    const isUntouched = b !== undefined && JSON.stringify(left) === JSON.stringify(b);
    const alive =
      left !== undefined &&
      (b === undefined || (o !== undefined && t !== undefined) || !isUntouched);
    const said = [b, o, t].map((element) => element?.words.replace(/ {2}id:.*/, ""));
    const isEditedTwice = !said.includes(undefined) && new Set(said).size === 3;
    return { name, alive, done: [o, t].some((side) => side?.done), isEditedTwice };
  });
}

/** Finds the states in which each name stands in a text, conflict markers and all. */
export function itemsIn(text: string): ReadonlyMap<string, readonly boolean[]> {
  const found = new Map<string, boolean[]>();
  const outline = parseOutline(text);
  for (const item of outline.items) {
    const line = outline.lines[item.line]?.text ?? "";
    const name = /\b(?:item|ours|theirs|same)\d+\b/.exec(line.slice(item.wordsAt))?.[0] ?? line;
    found.set(name, [...(found.get(name) ?? []), item.done]);
  }
  return found;
}
