/**
 * The number of alternatives beyond which a glob is widened rather than written out: it then claims
 * more, never less.
 */
const mostAlternatives = 256;

/**
 * Writes out the alternatives of a glob with `{a,b}`. Groups nest; a group without a comma, or an
 * unclosed group, stands for itself. Ranges (`{1..3}`) are not globs here but text.
 */
export function braceFree(text: string): readonly string[] {
  const done: string[] = [];
  const open = [text];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const group = findGroup(next);
    if (group === undefined) done.push(next);
    else for (const part of group.parts.toReversed()) open.push(group.head + part + group.tail);
    if (done.length + open.length > mostAlternatives) return [widened(text)];
  }
  return done;
}

function widened(text: string): string {
  const plain = text.slice(0, Math.max(0, text.search(/[*?[{\\]/)));
  return `${plain.slice(0, plain.lastIndexOf("/") + 1)}**`;
}

interface Group {
  readonly head: string;
  readonly parts: readonly string[];
  readonly tail: string;
}

/** Finds the first `{…}` that has a comma of its own. */
function findGroup(text: string): Group | undefined {
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "{") {
      const group = groupAt(text, at);
      if (group !== undefined) return group;
    }
  }
  return undefined;
}

function groupAt(text: string, open: number): Group | undefined {
  const parts: string[] = [];
  let from = open + 1;
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const character = text[at];
    if (character === "\\") at++;
    else if (character === "{") depth++;
    else if (character === "," && depth === 1) {
      parts.push(text.slice(from, at));
      from = at + 1;
    } else if (character === "}" && --depth === 0) {
      if (parts.length === 0) return undefined;
      parts.push(text.slice(from, at));
      return { head: text.slice(0, open), parts, tail: text.slice(at + 1) };
    }
  }
  return undefined;
}
