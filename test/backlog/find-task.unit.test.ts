import { describe, expect, test } from "vitest";
import { findTasks } from "../../src/backlog/find-task.ts";
import { parseBacklog } from "../../src/backlog/parse.ts";
import { shortIds } from "../../src/backlog/short-id.ts";

const { tasks } = parseBacklog(
  [
    "# Auth",
    "- [ ] Rotate refresh tokens id:auth-1 touches:src/**",
    "- [ ] Rotate keys id:auth-2",
    "- [ ] Write the docs",
    "- [ ] Write the docs of the lexer",
    "- [ ] Number five id:7",
  ].join("\n"),
  "TASKS.md",
);
const textOf = (id: string): string | undefined => tasks.find((task) => task.id === id)?.text;
const found = (reference: string) => findTasks(reference, tasks).map(textOf);
const derived = tasks[2]?.id ?? "";

describe("a task is found by", () => {
  test.each([
    ["its id", "auth-1", ["Rotate refresh tokens"]],
    ["an id that is a number, before the line", "7", ["Number five"]],
    ["its line", "3", ["Rotate keys"]],
    ["its line in the file", "TASKS.md:4", ["Write the docs"]],
    ["its line in words", "line 4", ["Write the docs"]],
    ["the beginning of its id", derived.slice(0, 6), ["Write the docs"]],
    ["its words, before longer ones", "write the docs", ["Write the docs"]],
    ["the beginning of its words", "rotate k", ["Rotate keys"]],
    [
      "the line as it is written",
      "- [ ] Rotate refresh tokens id:auth-1 touches:src/**",
      ["Rotate refresh tokens"],
    ],
    ["what begins several", "auth-", ["Rotate refresh tokens", "Rotate keys"]],
    ["words in its middle", "refresh", []],
    ["no words", "  ", []],
    ["two letters", "ro", []],
  ])("%s", (_, reference, expected) => {
    expect(found(reference)).toEqual(expected);
  });
});

test("a derived id is shown as the beginning that no other has, a written id in full", () => {
  const short = shortIds(["t12345678", "t12345699", "tabcdef01", "tabcdef01-2", "auth-1"]);
  expect(
    ["t12345678", "t12345699", "tabcdef01", "tabcdef01-2", "auth-1", "other"].map(short),
  ).toEqual(["t1234567", "t1234569", "tabcdef01", "tabcdef01-2", "auth-1", "other"]);
  expect(shortIds(["t12345678"])("t12345678")).toBe("t123456");
});
