/** A comment of a source file, without its marks. */
export interface Comment {
  /** Where the comment begins, from 1. */
  readonly line: number;
  readonly text: string;
}

/**
 * Words that say nothing of a thing: a comment which begins with one of them makes its reader look
 * for the noun.
 */
const opaque = /^(?:What|It|One|Those|Who|Whoever|Whatever|Whom|Whose|Somebody|Nobody)\b/;

const isOpaque = ({ text }: Comment): boolean => opaque.test(text);

/** Reads the comments of a TypeScript source: blocks, and runs of `//` lines as one comment each. */
export function commentsOf(source: string): readonly Comment[] {
  const comments: Comment[] = [];
  const pattern = /^[ \t]*\/\*+([\s\S]*?)\*\/|^[ \t]*\/\/.*(?:\n[ \t]*\/\/.*)*/gm;
  for (const match of source.matchAll(pattern)) {
    const raw = match[1] ?? match[0];
    const text = raw
      .split("\n")
      .map((line) => line.replace(/^\s*(?:\/\/|\*)?\s?/, ""))
      .join(" ")
      .trim();
    const line = source.slice(0, match.index).split("\n").length;
    if (text !== "" && !/^(?:biome-ignore|@ts-)/.test(text)) comments.push({ line, text });
  }
  return comments;
}

/** Counts the comments of some sources, and finds those that begin with an opaque word. */
export function opaqueIn(sources: readonly { readonly path: string; readonly text: string }[]): {
  readonly comments: number;
  readonly opaque: readonly {
    readonly path: string;
    readonly line: number;
    readonly text: string;
  }[];
} {
  const all = sources.flatMap(({ path, text }) =>
    commentsOf(text).map((comment) => ({ path, ...comment })),
  );
  return { comments: all.length, opaque: all.filter(isOpaque) };
}
