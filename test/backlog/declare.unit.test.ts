import fc from "fast-check";
import { expect, test } from "vitest";
import { declareTouches } from "../../src/backlog/declare.ts";
import { parseBacklog } from "../../src/backlog/parse.ts";
import { asTaskId, type TaskId } from "../../src/ground/ids.ts";

test("footprints go behind tasks that declare none, and nothing else changes", () => {
  const text = [
    "# Tasks",
    "- [ ] One  id:a",
    "  Details.",
    "- [ ] Two  id:b touches:docs/**  ",
    "- [x] Three  id:c",
    "- [ ] Four",
    "  - [ ] nested",
  ].join("\r\n");
  const { tasks } = parseBacklog(text, "TASKS.md");
  const four = tasks.find((task) => task.text === "Four")?.id ?? asTaskId("");
  const footprints = new Map<TaskId, readonly string[]>([
    ...tasks.map((task) => [task.id, ["src/x.ts", "with space", "src/**"]] as const),
    [four, ["a,b"]],
  ]);
  const declared = declareTouches(text, footprints);
  expect(declared).toBe(text.replace("id:a", "id:a  touches:src/x.ts,src/**"));
  expect(declareTouches(declared, footprints)).toBe(declared);
});

test("written footprints are read back, and tasks keep their ids", () => {
  const path = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.stringMatching(/^[a-z]{1,6}(\/[a-z*]{1,4}){0,3}$/),
  );
  const title = fc.stringMatching(/^[A-Z][a-z`\\ ]{0,12}[a-z]$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(title, fc.array(path)), { maxLength: 6 }), (rows) => {
      const text = rows.map(([words]) => `- [ ] ${words}\n`).join("");
      const { tasks } = parseBacklog(text, "f");
      const footprints = new Map(tasks.map(({ id }, at) => [id, rows[at]?.[1] ?? []]));
      const after = parseBacklog(declareTouches(text, footprints), "f").tasks;
      expect(after.map(({ id }) => id)).toEqual(tasks.map(({ id }) => id));
      for (const task of after) {
        for (const glob of task.touches) {
          expect(footprints.get(task.id)?.map((one) => one.replace(/^(?:\.\/)+/, ""))).toContain(
            glob,
          );
        }
      }
    }),
  );
});
