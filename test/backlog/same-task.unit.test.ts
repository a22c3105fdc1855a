import fc from "fast-check";
import { expect, test } from "vitest";
import { parseOutline } from "../../src/backlog/outline.ts";
import { readEntries } from "../../src/backlog/parse.ts";
import { findSameTask } from "../../src/backlog/same-task.ts";

const read = (text: string) => readEntries(parseOutline(text));

/**
 * Finds the first task of the base in a file that has changed since, and shows its words, or its
 * state.
 */
function standing(base: string, now: string): string {
  const [sought] = read(base);
  if (sought === undefined) throw new Error("the base has no task");
  const here = findSameTask(sought.task, read(now), read(base));
  if (here.kind !== "open") return here.kind;
  return read(now).find(({ task }) => task.id === here.id)?.task.text ?? "no such entry";
}

const parser = "- [ ] Write unit tests for the parser\n";
const lexer = "- [ ] Write unit tests for the lexer\n";
const more = "- [ ] Write unit tests for the parser (12 tests)\n";
const done = (line: string) => line.replace("[ ]", "[x]");

test.each<readonly [what: string, base: string, now: string, expected: string]>([
  ["its id", parser + lexer, lexer + parser, "Write unit tests for the parser"],
  [
    "its words under another heading",
    parser + lexer,
    `${lexer}# Later\n${parser}`,
    "Write unit tests for the parser",
  ],
  [
    "its words with an id of their own",
    parser,
    `${parser.trimEnd()} id:P\n`,
    "Write unit tests for the parser",
  ],
  [
    "its place, with a remark",
    parser + lexer,
    more + lexer,
    "Write unit tests for the parser (12 tests)",
  ],
  [
    "the place of each of two edited ones",
    parser + lexer,
    `${more}- [ ] Write unit tests for the lexer, all of the parser\n`,
    "Write unit tests for the parser (12 tests)",
  ],
  ["done with a remark", parser + lexer, done(more) + lexer, "done"],
  ["done elsewhere, with a remark", parser + lexer, `${lexer}# Done\n${done(more)}`, "done"],
  [
    "done in the same words, and open under another heading",
    parser,
    `# A\n${parser}# B\n${done(parser)}`,
    "done",
  ],
  ["gone, beside one that reads alike", parser + lexer, lexer, "unknown"],
  ["gone, and one that reads alike came in its place", parser, lexer, "unknown"],
  [
    "its words, but the base had them twice",
    `# A\n${parser}# B\n${parser}`,
    `# B\n${parser}`,
    "unknown",
  ],
  ["its words twice", parser, `# A\n${parser}# B\n${parser}`, "unknown"],
  ["a written id that is gone", `- [ ] Ship it id:A\n`, "- [ ] Ship it id:B\n", "unknown"],
  ["a written id that was taken off", `- [ ] Ship it id:A\n`, "- [ ] Ship it\n", "Ship it"],
])("a task is found by %s", (_, base, now, expected) => {
  expect(standing(base, now)).toBe(expected);
});

test("only an id tells a task without the file it was taken from", () => {
  const [sought] = read(parser);
  if (sought === undefined) throw new Error("no task");
  expect(findSameTask(sought.task, read(parser), undefined)).toMatchObject({ kind: "open" });
  expect(findSameTask(sought.task, read(more), undefined)).toEqual({ kind: "unknown" });
});

test("an entry that was another task in the base is never taken for the sought task", () => {
  const words = fc.array(fc.constantFrom("write", "tests", "parser", "lexer", "docs"), {
    ...{ minLength: 1, maxLength: 4 },
  });
  const file = fc
    .array(fc.tuple(words, fc.boolean()), { minLength: 1, maxLength: 6 })
    .map((tasks) =>
      tasks.map(([said, isDone]) => `- [${isDone ? "x" : " "}] ${said.join(" ")}\n`).join(""),
    );
  fc.assert(
    fc.property(file, file, (base, now) => {
      const before = read(base);
      for (const { task } of before) {
        const here = findSameTask(task, read(now), before);
        if (here.kind !== "open") continue;
        const others = before.filter((entry) => entry.task.id !== task.id);
        expect(others.map((entry) => entry.task.id)).not.toContain(here.id);
      }
    }),
    { numRuns: 2000 },
  );
});
