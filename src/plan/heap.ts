/** A queue of numbers that gives the smallest first. */
export interface Heap {
  readonly size: number;
  readonly push: (value: number) => void;
  readonly pop: () => number | undefined;
}

export function createHeap(): Heap {
  const items: number[] = [];
  const at = (index: number): number => items[index] ?? Number.POSITIVE_INFINITY;
  const swap = (a: number, b: number): void => {
    [items[a], items[b]] = [at(b), at(a)];
  };
  const sink = (from: number): void => {
    for (let parent = from; ; ) {
      const left = 2 * parent + 1;
      const child = at(left + 1) < at(left) ? left + 1 : left;
      if (at(child) >= at(parent)) return;
      swap(parent, child);
      parent = child;
    }
  };
  return {
    get size() {
      return items.length;
    },
    push: (value) => {
      items.push(value);
      for (let child = items.length - 1; child > 0; ) {
        const parent = (child - 1) >> 1;
        if (at(parent) <= at(child)) return;
        swap(parent, child);
        child = parent;
      }
    },
    pop: () => {
      const first = items[0];
      const last = items.pop();
      if (items.length > 0 && last !== undefined) {
        items[0] = last;
        sink(0);
      }
      return first;
    },
  };
}
