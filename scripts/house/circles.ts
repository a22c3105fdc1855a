import type { Source } from "./sources.ts";

/**
 * Finds the circles of imports, types counted: sets of files each of which reaches all the others.
 * Tarjan's algorithm (1972) for strongly connected components.
 */
export function circlesOf(sources: readonly Source[]): readonly (readonly string[])[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const seen = new Map<string, { readonly index: number; low: number }>();
  const stack: string[] = [];
  const circles: (readonly string[])[] = [];
  const visit = (path: string): { readonly index: number; low: number } => {
    const own = { index: seen.size, low: seen.size };
    seen.set(path, own);
    stack.push(path);
    for (const { to, isOurs } of byPath.get(path)?.imports ?? []) {
      if (!isOurs || !byPath.has(to)) continue;
      const known = seen.get(to);
      if (known === undefined) own.low = Math.min(own.low, visit(to).low);
      else if (stack.includes(to)) own.low = Math.min(own.low, known.index);
    }
    if (own.low === own.index) {
      const circle = stack.splice(stack.indexOf(path));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return own;
  };
  for (const { path } of sources) if (!seen.has(path)) visit(path);
  return circles;
}
