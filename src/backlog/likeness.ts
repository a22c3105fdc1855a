/**
 * Returns text in the form in which two tasks are the same: Unicode composed, white space single.
 */
export const normalise = (text: string): string =>
  text.normalize("NFC").replace(/\s+/g, " ").trim();

/** Returns the words of a text, for comparing: lower case, without punctuation. */
export const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(
    normalise(text)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [],
  );

/** Whether a text has all the words of another: it may be the other with additions. */
export function saysAll(text: string, other: string): boolean {
  const words = wordsOf(text);
  const said = wordsOf(other);
  return said.size > 0 && [...said].every((word) => words.has(word));
}

/** The likeness from which on a text may be an edit of another. */
export const alike = 0.5;

/**
 * Measures how alike two texts are, 0 to 1: the share of their words they have in common (Dice).
 */
export function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (one.size === 0 || other.size === 0) return 0;
  let common = 0;
  for (const word of one) if (other.has(word)) common++;
  return (2 * common) / (one.size + other.size);
}
