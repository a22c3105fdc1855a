import type { TaskId } from "../ground/ids.ts";
import { joinLines, parseOutline } from "./outline.ts";
import { readEntries } from "./parse.ts";

/**
 * Ticks tasks off: the space in the box of each becomes an `x`, and no other character changes.
 * Boxes nested in a task are its details and stay. Ids that the text does not hold are ignored.
 */
export function tick(text: string, ids: Iterable<TaskId>): string {
  const wanted = new Set(ids);
  const outline = parseOutline(text);
  const lines = [...outline.lines];
  for (const { item, task } of readEntries(outline)) {
    const line = lines[item.line];
    if (item.done || line === undefined || !wanted.has(task.id)) continue;
    const { text, eol } = line;
    lines[item.line] = { text: `${text.slice(0, item.box)}x${text.slice(item.box + 1)}`, eol };
  }
  return outline.bom + joinLines(lines);
}
