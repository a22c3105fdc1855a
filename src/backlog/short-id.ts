/** Whether an id was made from a task's words: nobody chose it, and nobody needs it in full. */
export const isDerived = (id: string): boolean => /^t[0-9a-f]{8}(?:-\d+)?$/.test(id);

const fewest = 7;

/**
 * Returns how to show each id to people: an id made from the words as a prefix that no other id
 * has.
 */
export function shortIds(ids: Iterable<string>): (id: string) => string {
  const sorted = [...new Set(ids)].sort();
  const short = new Map<string, string>();
  for (const [at, id] of sorted.entries()) {
    if (!isDerived(id)) continue;
    const common = Math.max(shared(id, sorted[at - 1]), shared(id, sorted[at + 1]));
    const enough = Math.max(fewest, common + 1);
    // Ids of tasks that say the same differ only in their number.
    if (enough < "t12345678".length) short.set(id, id.slice(0, enough));
  }
  return (id) => short.get(id) ?? id;
}

/** Counts the characters with which two ids begin alike. */
function shared(one: string, other = ""): number {
  let count = 0;
  while (count < one.length && one[count] === other[count]) count++;
  return count;
}
