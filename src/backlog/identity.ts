import { align } from "./align.ts";
import { likeness, wordsOf } from "./likeness.ts";
import { type Box, isBox, type Node } from "./nodes.ts";

/**
 * The nodes of three versions, with the identity of items: equal keys are the same item, in all
 * versions.
 */
export interface Versions {
  readonly base: readonly Node[];
  readonly ours: readonly Node[];
  readonly theirs: readonly Node[];
}

/**
 * The least likeness of an item to an item gone from the same place, to count as that item edited.
 */
const editedFrom = 0.6;
/** The least likeness to an item gone from another place. */
const editedAndMovedFrom = 0.85;

/**
 * Gives an item that a side moved, edited or gave an id the key it has in the base, and an item
 * that both sides added the same key.
 */
export function unifyKeys({ base, ours, theirs }: Versions): Versions {
  const ourKeys = unifyWithBase(base, ours);
  const theirKeys = unifyWithBase(base, theirs);
  const known = new Set(base.filter(isBox).map((box) => box.key));
  const added = (nodes: readonly Node[]): readonly Box[] =>
    nodes.filter(isBox).filter((box) => !known.has(box.key));
  const pairing = new Pairing(added(ourKeys), added(theirKeys));
  pairing.pairBy((box) => box.textKey);
  return { base, ours: ourKeys, theirs: pairing.rename(theirKeys) };
}

function unifyWithBase(base: readonly Node[], side: readonly Node[]): readonly Node[] {
  const pairing = new Pairing(base.filter(isBox), side.filter(isBox));
  pairing.pairBy((box) => box.textKey);
  pairing.pairBy((box) => box.title);
  const renamed = pairing.rename(side);
  if (!pairing.isOpen()) return renamed;
  for (const [gone, come] of gaps(base, renamed)) pairing.pairAlike(gone, come, editedFrom);
  pairing.pairAlike(base, renamed, editedAndMovedFrom);
  return pairing.rename(side);
}

/** Finds the nodes between two neighbouring common nodes, in both versions. */
function gaps(
  base: readonly Node[],
  side: readonly Node[],
): readonly (readonly [readonly Node[], readonly Node[]])[] {
  const keyOf = (node: Node): string => `${node.kind}\n${node.key}`;
  const match = align(base.map(keyOf), side.map(keyOf));
  const found: [Node[], readonly Node[]][] = [];
  let start = 0;
  let gone: Node[] = [];
  for (const [index, node] of [...base, undefined].entries()) {
    const end = node === undefined ? side.length : (match[index] ?? -1);
    if (end < 0 && node !== undefined) {
      gone.push(node);
      continue;
    }
    if (gone.length > 0 && end > start) found.push([gone, side.slice(start, end)]);
    gone = [];
    start = end + 1;
  }
  return found;
}

/** The pairing of items of two versions that have no partner by key yet. */
class Pairing {
  readonly #old: Map<string, Box>;
  readonly #new: Map<string, Box>;
  readonly #renames = new Map<string, string>();

  constructor(before: readonly Box[], after: readonly Box[]) {
    const oldKeys = new Set(before.map((box) => box.key));
    const newKeys = new Set(after.map((box) => box.key));
    this.#old = new Map(before.flatMap((box) => (newKeys.has(box.key) ? [] : [[box.key, box]])));
    this.#new = new Map(after.flatMap((box) => (oldKeys.has(box.key) ? [] : [[box.key, box]])));
  }

  isOpen(): boolean {
    return this.#old.size > 0 && this.#new.size > 0;
  }

  /** Pairs items with the same feature, where only one item on each side has it. */
  pairBy(feature: (box: Box) => string): void {
    if (!this.isOpen()) return;
    const before = Map.groupBy(this.#old.values(), feature);
    const after = Map.groupBy(this.#new.values(), feature);
    for (const [value, [one, ...more]] of before) {
      const [other, ...others] = after.get(value) ?? [];
      if (one === undefined || other === undefined || more.length + others.length > 0) continue;
      if (mayBeSame(one, other)) this.#pair(one, other);
    }
  }

  /** Pairs items gone from a place with items that came to it, the most alike first. */
  pairAlike(gone: readonly Node[], come: readonly Node[], from: number): void {
    const before = gone.filter(isBox).filter((box) => this.#old.has(box.key));
    const after = come.filter(isBox).filter((box) => this.#new.has(box.key));
    if (before.length * after.length > 10_000) return;
    const words = new Map([...before, ...after].map((box) => [box, wordsOf(box.title)]));
    const none: ReadonlySet<string> = new Set();
    const scored = before.flatMap((one) =>
      after.map((other) => {
        const score = likeness(words.get(one) ?? none, words.get(other) ?? none);
        return { one, other, score };
      }),
    );
    for (const { one, other, score } of scored.sort((a, b) => b.score - a.score)) {
      if (score < from || !this.#old.has(one.key) || !this.#new.has(other.key)) continue;
      if (mayBeSame(one, other)) this.#pair(one, other);
    }
  }

  rename(nodes: readonly Node[]): readonly Node[] {
    if (this.#renames.size === 0) return nodes;
    return nodes.map((node) => {
      const key = node.kind === "box" ? this.#renames.get(node.key) : undefined;
      return key === undefined ? node : { ...node, key };
    });
  }

  #pair(one: Box, other: Box): void {
    this.#old.delete(one.key);
    this.#new.delete(other.key);
    this.#renames.set(other.key, one.key);
  }
}

/** Whether two items may be the same: two different ids are two items, whatever the items say. */
const mayBeSame = (one: Box, other: Box): boolean =>
  one.id === undefined || other.id === undefined || one.id === other.id;
