import { roomOf, type Source } from "./sources.ts";

const exported =
  /^export (?:declare )?(?:async )?(?:function|class|interface|type|const|enum) (\w+)/gm;

/**
 * Finds the names that files of different rooms export: each has two meanings, or is one thing
 * defined twice. A type and a value of one name in one file are one name.
 */
export function homonymsOf(
  sources: readonly Source[],
): readonly { readonly name: string; readonly paths: readonly string[] }[] {
  const byName = new Map<string, Set<string>>();
  for (const { path, text } of sources) {
    for (const [, name = ""] of text.matchAll(exported)) {
      byName.set(name, (byName.get(name) ?? new Set()).add(path));
    }
  }
  return [...byName]
    .map(([name, paths]) => ({ name, paths: [...paths] }))
    .filter(({ paths }) => new Set(paths.map(roomOf)).size > 1)
    .sort((a, b) => a.name.localeCompare(b.name));
}
