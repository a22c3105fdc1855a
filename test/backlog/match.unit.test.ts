import fc from "fast-check";
import { expect, test } from "vitest";
import { matchTasks } from "../../src/backlog/match.ts";
import { parseBacklog } from "../../src/backlog/parse.ts";
import { taskFile } from "./task-files.ts";

/** Matches the tasks of two versions of a file, and shows them by their text. */
function match(before: string, after: string): readonly string[] {
  const previous = parseBacklog(before, "TASKS.md").tasks;
  const current = parseBacklog(after, "TASKS.md");
  const said = new Map([...current.tasks, ...previous].map((task) => [task.id, task.text]));
  return matchTasks(previous, current).map((found) => {
    if (found.kind === "edited") return `${said.get(found.from)} -> ${said.get(found.to)}`;
    if (found.kind !== "ambiguous") return `${found.kind} ${said.get(found.id)}`;
    const candidates = found.candidates.map((id) => said.get(id)).sort();
    return `ambiguous ${said.get(found.id)}: ${candidates.join(", ")}`;
  });
}

const before = "# A\n- [ ] Rotate the refresh tokens\n- [ ] Draw the settings page\n";

test("an edited text is matched to the task it was, wherever its line has gone", () => {
  expect(
    match(
      before,
      "# A\n- [ ] Write docs\n\n- [ ] Draw the settings page\n- [ ] Rotate all refresh tokens\n",
    ),
  ).toEqual([
    "Rotate the refresh tokens -> Rotate all refresh tokens",
    "same Draw the settings page",
    "new Write docs",
  ]);
});

test("a renamed heading, and an id given to a task or changed, make nothing new", () => {
  expect(match(before, before.replace("# A", "# B")).every((line) => line.includes("->"))).toBe(
    true,
  );
  expect(match(before, before.replace("tokens", "tokens  id:T1"))[0]).toContain("->");
  expect(match("- [ ] Same words id:T1\n", "- [ ] Same words id:T2\n")[0]).toContain("->");
});

test("a task with another written id is another task, however alike", () => {
  expect(match("- [ ] Fix the login form id:T1\n", "- [ ] Fix the logout form id:T2\n")).toEqual([
    "gone Fix the login form",
    "new Fix the logout form",
  ]);
});

test("a task of new words in an old place is reported, not started", () => {
  expect(
    match(before, "# A\n- [ ] Rework session cookies\n- [ ] Draw the settings page\n"),
  ).toEqual([
    "ambiguous Rotate the refresh tokens: Rework session cookies",
    "same Draw the settings page",
  ]);
});

test("a task that either of two may be is reported with both", () => {
  expect(
    match(
      "- [ ] Fix the slow login form\n",
      "# B\n- [ ] Fix the login form\n- [ ] Fix slow login form\n",
    ),
  ).toEqual(["ambiguous Fix the slow login form: Fix slow login form, Fix the login form"]);
});

test("a removed task is gone, and an added task is new", () => {
  expect(
    match(before, "# A\n\n# C\n- [ ] Measure startup\n- [ ] Draw the settings page\n"),
  ).toEqual([
    "gone Rotate the refresh tokens",
    "Draw the settings page -> Draw the settings page",
    "new Measure startup",
  ]);
});

test("every known task has one match, and every present task is in exactly one place", () => {
  fc.assert(
    fc.property(taskFile, taskFile, (one, other) => {
      const previous = parseBacklog(one, "TASKS.md").tasks;
      const current = parseBacklog(other, "TASKS.md");
      const matches = matchTasks(previous, current);
      const known = matches.flatMap((found) => {
        if (found.kind === "new") return [];
        return [found.kind === "edited" ? found.from : found.id];
      });
      expect(known).toEqual(previous.map((task) => task.id));
      const settled = matches.flatMap((found) => {
        if (found.kind === "same" || found.kind === "new") return [found.id];
        return found.kind === "edited" ? [found.to] : [];
      });
      const doubtful = matches.flatMap((found) =>
        found.kind === "ambiguous" ? found.candidates : [],
      );
      expect(new Set(settled).size).toBe(settled.length);
      expect(settled.filter((id) => doubtful.includes(id))).toEqual([]);
      expect(new Set([...settled, ...doubtful])).toEqual(
        new Set(current.tasks.map((task) => task.id)),
      );
    }),
  );
});

test("ten thousand tasks that all changed are all matched", () => {
  const file = (heading: string, word: string): string =>
    `# ${heading}\n${Array.from({ length: 10_000 }, (_, n) => `- [ ] Change part${n} of unit${n} ${word}\n`).join("")}`;
  const previous = parseBacklog(file("A", "soon"), "TASKS.md").tasks;
  const matches = matchTasks(previous, parseBacklog(file("B", "later"), "TASKS.md"));
  expect(matches.every((found) => found.kind === "edited")).toBe(true);
});
