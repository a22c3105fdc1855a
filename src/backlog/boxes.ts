/** The checkbox that the words of a list item begin with. */
export type BoxStart =
  | {
      readonly kind: "read";
      /** The character between `[` and `]`. */
      readonly state: string;
      /** The length of the box, up to the words behind it. */
      readonly length: number;
    }
  /** A box in a form of other tools (`[-]`, `[~]`, `[ ]*`, `[]`): a task in an unknown state. */
  | { readonly kind: "strange"; readonly done: boolean };

const readable = /^\[([ xX])\][ \t]+(?=[^ \t])/;
/** A box, but not a link (`[x](…)`, `[x][…]`), nor a link's definition (`[x]: …`), nor a number. */
const strange = /^\[([ \t]*[xX]?[ \t]*|[^\s\p{N}[\]])\](?![([:])(.*)$/u;
const doneMark = /^[xX✓✔✅☑]$/u;

export function findBox(words: string): BoxStart | undefined {
  const read = readable.exec(words);
  if (read !== null) return { kind: "read", state: read[1] ?? " ", length: read[0].length };
  const [, state = "", rest = ""] = strange.exec(words) ?? [];
  // Without words behind it there is nothing to do.
  return /[^\s*]/.test(rest) ? { kind: "strange", done: doneMark.test(state.trim()) } : undefined;
}

const quotedOrMisplaced =
  /^[ \t]*(?:(?:>|\||[-*+•◦‣–—]|\d{1,9}[.)])[ \t]*)*(?:\[[ \t]?\](?![([:])|☐)[^\p{L}\p{N}]*[\p{L}\p{N}]/u;

/**
 * Whether a line that is no list item looks like an open box: quoted, in a table, without its
 * space.
 */
export const looksLikeBox = (line: string): boolean => quotedOrMisplaced.test(line);
