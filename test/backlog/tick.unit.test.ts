import fc from "fast-check";
import { expect, test } from "vitest";
import { joinLines, parseOutline } from "../../src/backlog/outline.ts";
import { parseBacklog } from "../../src/backlog/parse.ts";
import { tick } from "../../src/backlog/tick.ts";
import { asTaskId } from "../../src/ground/ids.ts";
import { taskFile } from "./task-files.ts";

test("a reading loses nothing, whatever the text", () => {
  fc.assert(
    fc.property(fc.oneof(taskFile, fc.string({ unit: "binary" })), (text) => {
      const outline = parseOutline(text);
      expect(outline.bom + joinLines(outline.lines)).toBe(text);
    }),
    { numRuns: 2000 },
  );
});

test("a tick changes the boxes of the chosen tasks and no other character, once", () => {
  fc.assert(
    fc.property(taskFile, fc.infiniteStream(fc.boolean()), (text, choice) => {
      const { tasks } = parseBacklog(text, "TASKS.md");
      const chosen = tasks.filter(() => choice.next().value);
      const ids = chosen.map((task) => task.id);
      const ticked = tick(text, ids);
      expect(tick(ticked, ids)).toBe(ticked);
      expect(parseBacklog(ticked, "TASKS.md").tasks).toEqual(
        tasks.map((task) => ({ ...task, done: task.done || chosen.includes(task) })),
      );
      const changed = [...text].flatMap((char, at) => ([...ticked][at] === char ? [] : [char]));
      expect(changed).toEqual(chosen.flatMap((task) => (task.done ? [] : [" "])));
      expect(ticked).toHaveLength(text.length);
    }),
    { numRuns: 1000 },
  );
});

test("a tick leaves nested boxes, line ends and a missing final newline unchanged", () => {
  const text = "\uFEFF- [ ] a  id:A\r\n\t- [ ] nested\r\n* [ ] b id:B";
  expect(tick(text, [asTaskId("A"), asTaskId("B"), asTaskId("none")])).toBe(
    "\uFEFF- [x] a  id:A\r\n\t- [ ] nested\r\n* [x] b id:B",
  );
});

test("a file with a mistake elsewhere can still be ticked", () => {
  expect(tick("- [ ] a id:A\n- [ ] b est:soon after:Z\n", [asTaskId("A")])).toBe(
    "- [x] a id:A\n- [ ] b est:soon after:Z\n",
  );
});
