import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { attributeKeys } from "../../src/backlog/attributes.ts";
import { type Backlog, parseBacklog } from "../../src/backlog/parse.ts";
import { root } from "../support/places.ts";

const page = readFileSync(join(root, "docs/tasks.md"), "utf8");

/** Reads each example of one section as a task file. */
function examplesIn(heading: string): readonly Backlog[] {
  const from = page.indexOf(`\n${heading}\n`);
  expect(from, heading).toBeGreaterThan(0);
  const section = page.slice(from + 1 + heading.length).split(/\n#{2,3} (?=\S)/)[0] ?? "";
  return [...section.matchAll(/^(`{3,})markdown\n(.*?)^\1$/gms)].map(([, , text = ""]) =>
    parseBacklog(text, "docs/tasks.md"),
  );
}

const only = (heading: string): Backlog => {
  const [example] = examplesIn(heading);
  if (example === undefined) throw new Error(`${heading} has no example`);
  return example;
};

describe("docs/tasks.md", () => {
  test("a task is open or done", () => {
    expect(only("## A task").tasks).toMatchObject([
      { text: "Rotate refresh tokens", done: false, explicitId: false },
      { text: "Parse the header", done: true },
    ]);
  });

  test("every attribute is read from one line, and each has its row", () => {
    // The tasks it comes after stand in another file.
    const text = /^- \[ \] .*agent:codex.*$/m.exec(page)?.[0] ?? "";
    const { tasks } = parseBacklog(`- [ ] One id:T1\n- [ ] Two id:T2\n${text}\n`, "docs/tasks.md");
    expect(tasks[2]).toMatchObject({
      ...{ id: "T3", text: "Rotate refresh tokens", after: ["T1", "T2"], priority: 2 },
      ...{ touches: ["src/auth/**", "docs/auth.md"], estimateMinutes: 30, agent: "codex" },
    });
    for (const key of attributeKeys) expect(page).toContain(`\n| \`${key}:\` |`);
  });

  test("globs, hidden ids and text that is no id are read as documented", () => {
    expect(only("### Globs").tasks.map(({ touches }) => touches)).toEqual([
      ["src/{read,parse}/**", "test/*.test.ts", "README.md"],
      ["api/client.ts", "api/types.ts"],
    ]);
    expect(only("### An id that nobody sees").tasks).toMatchObject([
      { id: "M1", text: "Write the manual" },
    ]);
    expect(only("### Text that looks like an attribute").tasks).toMatchObject([
      { after: [], explicitId: false, text: expect.stringContaining("`after:T1`") },
    ]);
  });

  test("details, headings and lines that are no task are read as documented", () => {
    const [task, ...more] = only("## Details").tasks;
    expect(more).toEqual([]);
    expect(task?.details).toContain("  - [ ] a test for the clock\n");
    expect(task?.details).toContain("rotate(token);");
    expect(only("## Headings and groups").tasks.map(({ headings }) => headings)).toEqual([
      ["Auth", "Tokens"],
      ["Auth", "Tokens"],
    ]);
    const [plain, strange] = examplesIn("## What is no task");
    expect(plain?.tasks.map(({ text }) => text)).toEqual(["The only task"]);
    expect(plain?.passedOver).toEqual([]);
    expect(strange?.tasks).toEqual([]);
    expect(strange?.passedOver.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("no example is left unread", () => {
    const headings = [...page.matchAll(/^#{2,3} .*$/gm)].map(([line]) => line);
    const examples = headings.flatMap((heading) =>
      heading === "## Attributes" ? [] : examplesIn(heading),
    );
    expect(examples).toHaveLength(page.split(/^`{3,}markdown$/m).length - 2);
  });
});
