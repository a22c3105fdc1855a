import { describe, expect, test } from "vitest";
import { decodeBacklog } from "../../src/backlog/load.ts";
import { parseBacklog, type Task } from "../../src/backlog/parse.ts";
import { PleachError } from "../../src/ground/errors.ts";

const tasksOf = (text: string): readonly Task[] => parseBacklog(text, "TASKS.md").tasks;
const textsOf = (text: string): readonly string[] => tasksOf(text).map((task) => task.text);

function complaints(text: string): readonly string[] {
  try {
    parseBacklog(text, "TASKS.md");
  } catch (error) {
    if (error instanceof PleachError) return error.message.split("\n");
    throw error;
  }
  return [];
}

describe("a task", () => {
  test("a task carries its attributes, its details verbatim and the headings above it", () => {
    const [task] = tasksOf(
      [
        "# Work",
        "## Auth",
        "- [ ] Rotate refresh tokens  id:T3 touches:src/auth/**,./docs/{a,b}.md after:T1 est:90s agent:codex priority:2",
        "  Keep the old token valid for 60 s.",
        "",
        "  - [ ] nested  id:not-a-task",
        "\tand a tab",
        "",
        "- [x] Add login form  id:T1",
      ].join("\n"),
    );
    expect(task).toEqual({
      id: "T3",
      explicitId: true,
      text: "Rotate refresh tokens",
      details: "  Keep the old token valid for 60 s.\n\n  - [ ] nested  id:not-a-task\n\tand a tab",
      done: false,
      line: 3,
      headings: ["Work", "Auth"],
      after: ["T1"],
      touches: ["src/auth/**", "docs/{a,b}.md"],
      estimateMinutes: 1.5,
      agent: "codex",
      priority: 2,
    });
  });

  test("every list marker makes a task, and so does a task inside a plain list item", () => {
    const text =
      "- [ ] a\n* [x] b\n+ [X] c\n1. [ ] d\n2) [ ] e\n- Group\n  - [ ] f\n- - [ ] g\n-\t[ ] h\n";
    expect(textsOf(text)).toEqual(["a", "b", "c", "d", "e", "f", "g", "h"]);
    expect(tasksOf(text).map((task) => task.done)).toEqual([
      false,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(tasksOf(text)[5]?.headings).toEqual(["Group"]);
  });

  test.each([
    ["a fence", "```\n- [ ] x\n```"],
    ["a tilde fence with backticks inside", "~~~md\n```\n- [ ] x\n~~~"],
    ["a longer fence", "````\n```\n- [ ] x\n````"],
    ["a fence that is never closed", "```\n- [ ] x\n\n- [ ] y"],
    ["indented code", "Text\n\n    - [ ] x"],
    ["indented code by a tab", "\t- [ ] x"],
    ["a list marker with code behind it", "-      [ ] x"],
    ["a comment on one line", "<!-- - [ ] x -->"],
    ["a comment over lines", "<!--\n- [ ] x\n\n- [ ] y -->"],
    ["verbatim HTML", "<pre>\n- [ ] x\n</pre>"],
    ["a quotation", "> - [ ] x"],
    ["no list", "[ ] x"],
    ["an empty box", "- [ ]\n- [ ]   "],
    ["another state", "- [-] x\n- [] x\n- [  ] x"],
    ["no space behind the box", "- [ ]x"],
    ["escaped", "\\- [ ] x"],
  ])("checkboxes in %s are text", (_name, text) => {
    expect(textsOf(`- [ ] before\n\nbetween\n\n${text}\n`)).toEqual(["before"]);
  });

  test("a fence or comment that its list item leaves open ends with the item", () => {
    expect(textsOf("- [ ] a\n  ```\n  - [ ] code\n- [ ] b\n- [ ] c\n  <!--\n- [ ] d")).toEqual([
      "a",
      "b",
      "c",
      "d",
    ]);
  });

  test("a paragraph goes on without indentation, and a setext line makes it a heading", () => {
    const [one, two] = tasksOf("- [ ] a\nlazily on\n\nAuth\n----\n\n- [ ] b\n");
    expect(one?.details).toBe("lazily on");
    expect(two?.headings).toEqual(["Auth"]);
    expect(two?.details).toBe("");
  });

  test("a sibling heading replaces the heading before it and those below that", () => {
    const tasks = tasksOf("# A\n## B ##\n- [ ] x\n# C\n- [ ] y\n### D\n- [ ] z\n");
    expect(tasks.map((task) => task.headings)).toEqual([["A", "B"], ["C"], ["C", "D"]]);
  });

  test("unknown keys, addresses, code spans and capitals are text", () => {
    const text = "See https://a.b/c note:x `id:T9` `` a `after:T1` b `` ID:T9 (after:T1)";
    const [task] = tasksOf(`- [ ] ${text}\n`);
    expect(task?.text).toBe(text);
    expect(task?.explicitId).toBe(false);
  });

  test("what looks like an open task in another form is told with its line, and nothing of it is one", () => {
    const text = [
      "---",
      "date: 2026-11-30",
      "---",
      "- [-] begun",
      "  - [ ] part of it",
      "    - [~] part as well",
      "- [ ]* optional",
      "- [~] waits",
      "- []  empty",
      "- [ ]close",
      "- [x]* done in another form",
      "  - [ ] part of what is done",
      "> - [ ] quoted",
      "-[ ] without a space",
      "",
      "    - [ ] code to Markdown",
      "- [1] a note",
      "- [-](a/link) and [ ] text",
      "```",
      "- [ ] code",
      "> - [ ] code",
      "```",
      "- [ ] read",
      "-[ ] at the margin",
      "  - [-] its detail",
      "  > - [ ] its quotation",
    ].join("\n");
    const { tasks, passedOver } = parseBacklog(text, "TASKS.md");
    expect(tasks.map((task) => task.text)).toEqual(["read"]);
    expect(passedOver).toEqual([
      { line: 4, text: "- [-] begun" },
      { line: 7, text: "- [ ]* optional" },
      { line: 8, text: "- [~] waits" },
      { line: 9, text: "- []  empty" },
      { line: 10, text: "- [ ]close" },
      { line: 13, text: "> - [ ] quoted" },
      { line: 14, text: "-[ ] without a space" },
      { line: 16, text: "- [ ] code to Markdown" },
      { line: 24, text: "-[ ] at the margin" },
    ]);
  });

  test("an id may hide in a comment", () => {
    expect(tasksOf("- [ ] Do it <!-- id:T3 -->\n")[0]).toMatchObject({ id: "T3", text: "Do it" });
  });
});

describe("ids", () => {
  test("a task's id follows from headings and text and from nothing else when none is written", () => {
    const id = (text: string) => tasksOf(text).at(-1)?.id;
    const plain = id("# A\n- [ ] Fix it\n");
    expect(plain).toMatch(/^t[0-9a-f]{8}$/);
    expect(id("Intro\n\n# A\n\n- [ ] other\n1. [x]   Fix  it  est:5m\r\n   details")).toBe(plain);
    expect(id("# B\n- [ ] Fix it\n")).not.toBe(plain);
    expect(id("# A\n- [ ] Fix it too\n")).not.toBe(plain);
  });

  test("front matter changes no id, and a rule above a list is no front matter", () => {
    const ids = (text: string) => tasksOf(text).map((task) => task.id);
    const bare = ids("- [ ] Fix it\n# A\n- [ ] Fix it\n");
    for (const matter of [
      "---\ntitle: Plan\ndate: 2026-11-30\n---\n",
      "---\n# changed\ndate: 2026-12-01\ntags:\n  - a\n- b\n---\n\n",
      "---\r\n'last updated': 12\r\n...\r\n",
      '+++\ntitle = "x"\n[extra]\nby = 3\n+++\n',
    ]) {
      expect(ids(`${matter}- [ ] Fix it\n# A\n- [ ] Fix it\n`)).toEqual(bare);
    }
    expect(textsOf("---\nnote: x\n- [ ] a\n---\n")).toEqual(["a"]);
    expect(textsOf("---\n\n- [ ] a\n\n---\n- [ ] b\n")).toEqual(["a", "b"]);
  });

  test("equal texts are numbered, past ids that are written out", () => {
    const [first] = tasksOf("- [ ] x\n");
    const text = `- [ ] x\n- [ ] x\n- [ ] y  id:${first?.id}-2\n- [ ] x\n`;
    expect(tasksOf(text).map((task) => task.id)).toEqual([
      first?.id,
      `${first?.id}-3`,
      `${first?.id}-2`,
      `${first?.id}-4`,
    ]);
  });
});

describe("every mistake is reported with its place, all at once", () => {
  test.each([
    [
      "- [ ] a id:",
      "1:9: id: needs its value right behind the colon; as text it goes in backticks",
    ],
    ["- [ ] a id:-x", '1:9: "-x" is no id'],
    ["\uFEFF- [ ] a est:soon", '1:9: "soon" is no estimate'],
    ["- [ ] a est:0m", '1:9: "0m" is no estimate'],
    ["- [ ] a est:999999h", '1:9: "999999h" is no estimate'],
    ["- [ ] a est:1m est:2m", "1:16: a second estimate, 2m"],
    ["- [ ] a id:A id:B", "1:14: a second id, B, for A"],
    ["- [ ] a priority:high", '1:9: "high" is no priority'],
    ["- [ ] a agent:$(x)", '1:9: "$(x)" is no agent\'s name'],
    ["- [ ] a touches:/etc/passwd", '1:9: "/etc/passwd" is not relative'],
    ["- [ ] a touches:x,../y", '1:9: "../y" leaves the repository'],
    ["- [ ] a touches:x,,y", "1:9: an empty path between commas"],
    ["- [ ] a touches:!x", '1:9: "!x": a footprint cannot be negated'],
    ["- [ ] a touches:{x,y", '1:9: "{x,y" has unequal braces'],
    ["- [ ] id:T1", "1:7: the task has no words besides its attributes"],
    ["- [ ] a id:A after:A", "1:20: tasks wait for each other: A (line 1) after A (line 1)"],
    [
      "- [ ] a id:auth-1\n- [ ] b after:auth1",
      "2:15: no task has the id auth1; the nearest is auth-1",
    ],
  ])("%j", (text, complaint) => {
    expect(complaints(text)).toHaveLength(1);
    expect(complaints(text)[0]).toContain(`TASKS.md:${complaint}`);
  });

  test("every problem is listed in file order, and duplicates and cycles name their lines", () => {
    expect(
      complaints(
        "- [ ] a id:A after:C\n- [ ] b id:B after:A\n- [ ] c id:C after:B\n- [ ] d id:A est:x\n",
      ),
    ).toEqual([
      "TASKS.md:1:7: id A is given again in line 4",
      "TASKS.md:1:20: tasks wait for each other: A (line 1) after C (line 3) after B (line 2) after A (line 1)",
      'TASKS.md:4:14: "x" is no estimate: write 90s, 30m or 2h',
    ]);
  });

  test("nothing is wrong with what is done, and its id is that of an open task", () => {
    const text =
      "- [x] a id:A est:soon after:gone\n- [x] b id:B after:B\n- [ ] c id:A after:B\n- [x] d id:B touches:\n";
    expect(complaints(text)).toEqual([]);
    expect(tasksOf(text).map(({ id, text: said }) => [id, said])).toEqual([
      ["B", "b"],
      ["A", "c"],
    ]);
    expect(complaints("- [x] b id:B\n- [ ] c after:gone\n")).toHaveLength(1);
  });

  test("bytes that are no text are refused", () => {
    expect(() => decodeBacklog(new Uint8Array([45, 0, 45]), "TASKS.md")).toThrow(
      "TASKS.md is not a text file: byte 2 is NUL",
    );
    expect(() => decodeBacklog(new Uint8Array([0xff, 0xfe, 0x41]), "TASKS.md")).toThrow(
      "it is not UTF-8",
    );
  });
});
