/** An id made from a task's words, which nobody chose and nobody needs in full. */
export const isDerived = (id: string): boolean => /^t[0-9a-f]{8}(?:-\d+)?$/.test(id);

const fewest = 7;

/** How each id is shown to people: one that was made from the words as a prefix that no other has. */
export function shortIds(ids: Iterable<string>): (id: string) => string {
  const sorted = [...new Set(ids)].sort();
  const short = new Map<string, string>();
  for (const [at, id] of sorted.entries()) {
    if (!isDerived(id)) continue;
    const common = Math.max(shared(id, sorted[at - 1]), shared(id, sorted[at + 1]));
    const enough = Math.max(fewest, common + 1);
    // One of several that say the same is told apart by its number.
    if (enough < "t12345678".length) short.set(id, id.slice(0, enough));
  }
  return (id) => short.get(id) ?? id;
}

/** How many characters two begin with alike. */
function shared(one: string, other = ""): number {
  let count = 0;
  while (count < one.length && one[count] === other[count]) count++;
  return count;
}
