/** A directed graph over the numbers 0 to n-1: for each node, the nodes it waits for. */
export type Waits = readonly (readonly number[])[];

/**
 * Finds cycles of a graph, each as its members in the order of waiting: at least one for every
 * group of nodes that wait for each other, none when there is none. Depth first, without recursion.
 */
export function findCycles(waits: Waits): readonly (readonly number[])[] {
  const state = new Uint8Array(waits.length);
  const [fresh, onPath, finished] = [0, 1, 2];
  const cycles: (readonly number[])[] = [];
  for (let root = 0; root < waits.length; root++) {
    if (state[root] !== fresh) continue;
    state[root] = onPath;
    const path: { readonly node: number; next: number }[] = [{ node: root, next: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const target = waits[top.node]?.[top.next];
      top.next++;
      if (target === undefined) {
        state[top.node] = finished;
        path.pop();
      } else if (state[target] === fresh) {
        state[target] = onPath;
        path.push({ node: target, next: 0 });
      } else if (state[target] === onPath) {
        const start = path.findLastIndex((step) => step.node === target);
        cycles.push(path.slice(start).map((step) => step.node));
      }
    }
  }
  return cycles;
}
