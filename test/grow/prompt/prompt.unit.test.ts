import { expect, test } from "vitest";
import { asBranchName, asTaskId } from "../../../src/ground/ids.ts";
import { type PromptParts, renderPrompt } from "../../../src/grow/prompt/prompt.ts";
import { findCollision } from "../../../src/track/branch-name.ts";

const task = {
  id: asTaskId("T3"),
  text: 'Rotate "refresh" tokens $(now)',
  details: "Keep the old token valid for 60 s.\n- [ ] nested {prompt}",
  line: 3,
  headings: ["Backend", "Auth"],
  explicitId: true,
};
const parts: PromptParts = {
  track: {
    tasks: [task],
    footprint: ["src/auth/**"],
    branch: asBranchName("work/auth"),
    target: asBranchName("main"),
    prompt: "",
  },
  neighbours: [{ name: "docs", footprint: ["docs/**"] }],
  handoff: undefined,
  commit: "agent",
  reminder: undefined,
  letters: [],
};

test("a prompt has the task as it was written, its paths, its neighbours' and the rules", () => {
  expect(renderPrompt(parts)).toMatchInlineSnapshot(`
    "# Your task

    ## Rotate "refresh" tokens $(now)
    (Backend / Auth)

    Keep the old token valid for 60 s.
    - [ ] nested {prompt}

    # These paths are yours

    Stay inside them as far as the work allows; say so in the commit when it does not.

    - \`src/auth/**\`

    # Others work beside you

    Leave their paths alone: what you change there will conflict.

    - docs: \`docs/**\`

    # Rules

    - You are alone in this worktree, on the branch \`work/auth\`. Work only in this folder; do not switch branches, push, or touch other worktrees.
    - Commit your work there, in small commits with a subject that says what they do. Leave nothing uncommitted: files that are not committed are not delivered.
    - Do not edit the list of tasks: it is ticked when your work lands on \`main\`.
    - When all of it is finished, run \`pleach done -m "one line about what you did"\` if you can, and end.
    - When you cannot go on without a person, run \`pleach blocked "why"\`, or end and say why.
    "
  `);
});

test("the last worker's handoff and the missing things come first", () => {
  const prompt = renderPrompt({ ...parts, handoff: "Rebase first.", reminder: "Commit a.txt." });
  expect(prompt.indexOf("Commit a.txt.")).toBeLessThan(prompt.indexOf("Rebase first."));
  expect(prompt.indexOf("Rebase first.")).toBeLessThan(prompt.indexOf("Rotate"));
  expect(prompt.match(/Rebase first\./g)).toHaveLength(1);
});

test("an agent is not told to commit when it cannot", () => {
  expect(renderPrompt({ ...parts, commit: "pleach" })).toContain("Do not commit");
});

test.each([
  ["work/feat", "work/feat", "same"],
  ["work/feat", "Work/FEAT", "same"],
  ["work/feat", "work/feat/x", "folder"],
  ["work/feat", "work", "folder"],
  ["work/feat", "work/feature", undefined],
  ["work/feat", "feat", undefined],
])("%s beside %s: %s", (branch, existing, kind) => {
  expect(findCollision(branch, ["main", existing])?.kind).toBe(kind);
});
