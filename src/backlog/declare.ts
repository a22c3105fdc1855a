import type { TaskId } from "../ground/ids.ts";
import { globProblem } from "./attributes.ts";
import { joinLines, parseOutline } from "./outline.ts";
import { readEntries } from "./parse.ts";

/**
 * Writes footprints into the task file: ` touches:…` behind the first line of each task that
 * declares none; no other character changes. Paths that the attribute cannot hold (with spaces,
 * commas or lone braces) are left out. Done tasks are left alone.
 */
export function declareTouches(
  text: string,
  footprints: ReadonlyMap<TaskId, readonly string[]>,
): string {
  const outline = parseOutline(text);
  const lines = [...outline.lines];
  for (const { item, task } of readEntries(outline)) {
    const line = lines[item.line];
    const paths = (footprints.get(task.id) ?? []).filter(isWritable);
    if (line === undefined || task.done || task.touches.length > 0 || paths.length === 0) continue;
    const words = line.text.trimEnd();
    const trailing = line.text.slice(words.length);
    lines[item.line] = { text: `${words}  touches:${paths.join(",")}${trailing}`, eol: line.eol };
  }
  return outline.bom + joinLines(lines);
}

const isWritable = (path: string): boolean =>
  !/[\s,{}`\x00-\x1f]/.test(path) && globProblem(path) === undefined;
