import type { TaskId } from "../ground/ids.ts";
import { parseWords } from "./attributes.ts";
import { normalise } from "./likeness.ts";
import type { Item, Outline, OutlineLine } from "./outline.ts";

/** Lines that are no item: one line, or a whole fence or comment, into which nothing may be put. */
export interface Prose {
  readonly kind: "prose";
  /** The text without line ends: equal keys are equal prose. */
  readonly key: string;
  readonly lines: readonly OutlineLine[];
}

/** An item with a checkbox, as the merge sees it: its state is apart from its words. */
export interface Box {
  readonly kind: "box";
  /** The identity of the item among its siblings. */
  readonly key: string;
  /** The identity of the item by its words and place alone. */
  readonly textKey: string;
  readonly id: TaskId | undefined;
  readonly title: string;
  /** The words behind the box, attributes included. */
  readonly words: string;
  /** The first line in two parts: before the state, and behind it. */
  readonly head: readonly [string, string];
  readonly state: string;
  readonly eol: string;
  readonly body: readonly Node[];
}

export type Node = Prose | Box;

export const isDone = (box: Box): boolean => box.state !== " ";
export const isBox = (node: Node): node is Box => node.kind === "box";
export const isProse = (node: Node): node is Prose => node.kind === "prose";

/** Returns the lines a node was read from. */
export function linesOfNode(node: Node): readonly OutlineLine[] {
  if (node.kind === "prose") return node.lines;
  const text = node.head[0] + node.state + node.head[1];
  return [{ text, eol: node.eol }, ...node.body.flatMap(linesOfNode)];
}

/** Returns the whole text of a node, without line ends. */
export const textOf = (node: Node): string =>
  linesOfNode(node)
    .map((line) => line.text)
    .join("\n");

/** Reads a task file as a sequence of prose and items, items with their nested lines inside. */
export function nodesOf(outline: Outline): readonly Node[] {
  const rawEnds = new Map(outline.raw.map((span) => [span.start, span.end]));
  const read = (start: number, end: number, items: readonly Item[], isTop: boolean): Node[] => {
    const itemAt = new Map(items.map((item) => [item.line, item]));
    const repeats = new Map<string, number>();
    const nodes: Node[] = [];
    for (let at = start; at < end; ) {
      const item = itemAt.get(at);
      const stop = Math.max(at + 1, Math.min(end, item?.end ?? rawEnds.get(at) ?? 0));
      const lines = outline.lines.slice(at, stop);
      if (item === undefined) {
        nodes.push({ kind: "prose", key: lines.map((line) => line.text).join("\n"), lines });
      } else {
        const body = read(at + 1, stop, item.children, false);
        nodes.push(boxOf(item, lines[0] ?? { text: "", eol: "" }, { body, isTop, repeats }));
      }
      at = stop;
    }
    return nodes;
  };
  return read(0, outline.lines.length, outline.items, true);
}

function boxOf(
  item: Item,
  { text, eol }: OutlineLine,
  level: {
    readonly body: readonly Node[];
    readonly isTop: boolean;
    readonly repeats: Map<string, number>;
  },
): Box {
  const words = text.slice(item.wordsAt);
  const { title, attributes } = parseWords(words);
  // Nested boxes are known by their words among their siblings; only tasks have ids.
  const path = level.isTop ? item.path.map(normalise) : [];
  const numbered = (key: string): string => {
    const count = (level.repeats.get(key) ?? 0) + 1;
    level.repeats.set(key, count);
    return count === 1 ? key : `${key}\n#${count}`;
  };
  const id = level.isTop ? attributes.id : undefined;
  const textKey = numbered(["text", ...path, normalise(title)].join("\n"));
  return {
    kind: "box",
    key: id === undefined ? textKey : numbered(`id\n${id}`),
    textKey,
    id,
    title: normalise(title),
    words,
    head: [text.slice(0, item.box), text.slice(item.box + 1)],
    state: text[item.box] ?? " ",
    eol,
    body: level.body,
  };
}
