import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseBacklog } from "../../../src/backlog/parse.ts";
import { parseSha } from "../../../src/ground/ids.ts";
import { owedTicks } from "../../../src/land/landing/landing-store.ts";
import { recordTrack } from "../../../src/track/track-store.ts";
import { git } from "../../support/repo.ts";
import { landingOf, taskFile } from "../landing/landing-of.ts";

/** Makes a ready track whose worktree was changed once more and committed. */
async function changedBy(
  change: (worktree: string) => void,
  scene: Parameters<typeof landingOf>[0],
) {
  const landing = await landingOf(scene);
  const { ground, track } = landing;
  change(track.worktree);
  git(track.worktree, "add", "--all");
  git(track.worktree, "commit", "--quiet", "--message", "Change the task file");
  const tip = parseSha(git(track.worktree, "rev-parse", "HEAD"));
  recordTrack(ground, track.name, { type: "track.ready", tip });
  return landing;
}

const parser = "- [ ] Write unit tests for the parser\n";
const lexer = "- [ ] Write unit tests for the lexer\n";
const [parserTask] = parseBacklog(parser, "TASKS.md").tasks;
const scene = {
  files: { "TASKS.md": parser + lexer },
  track: { tasks: parserTask === undefined ? [] : [parserTask] },
};

test("a task that its worker ticked with a remark is done, and a task that reads alike stays open", async () => {
  const text = `${parser.replace("[ ]", "[x]").trimEnd()} (12 tests)\n${lexer}`;
  const { top, act } = await changedBy(
    (worktree) => writeFileSync(join(worktree, "TASKS.md"), text),
    scene,
  );
  const report = await act();
  expect(report).toMatchObject({ outcome: "landed" });
  expect(report.owed).toBeUndefined();
  expect(git(top, "show", "main:TASKS.md")).toBe(text.trimEnd());
});

test("a task whose line is gone is not looked for among those that read alike, and that is said", async () => {
  const { top, act, ground } = await changedBy(
    (worktree) => writeFileSync(join(worktree, "TASKS.md"), lexer),
    scene,
  );
  expect(await act()).toMatchObject({
    outcome: "landed",
    owed: [{ id: parserTask?.id, detail: expect.stringContaining("could not be ticked") }],
  });
  expect(git(top, "show", "main:TASKS.md")).toBe(lexer.trimEnd());
  expect([...owedTicks(ground.store)]).toEqual([parserTask?.id]);
  expect(ground.store.events().at(-1)).toMatchObject({ owed: [expect.stringContaining("parser")] });
});

const outOfReach: readonly (readonly [what: string, change: (worktree: string) => void])[] = [
  [
    "became a link",
    (worktree) => {
      renameSync(join(worktree, "TASKS.md"), join(worktree, "real.md"));
      symlinkSync("real.md", join(worktree, "TASKS.md"));
    },
  ],
  ["was renamed", (worktree) => renameSync(join(worktree, "TASKS.md"), join(worktree, "TODO.md"))],
  ["was removed", (worktree) => rmSync(join(worktree, "TASKS.md"))],
  [
    "became UTF-16",
    (worktree) => writeFileSync(join(worktree, "TASKS.md"), Buffer.from(taskFile(), "utf16le")),
  ],
];

test.each(outOfReach)("a tick is owed, and said, where the task file %s", async (_, change) => {
  const { act } = await changedBy(change, {});
  const told: string[] = [];
  const report = await act({
    onProgress: (progress) => {
      if (progress.kind === "note") told.push(progress.text);
    },
  });
  expect(report).toMatchObject({ outcome: "landed", owed: [{ id: "T1", track: "auth" }] });
  expect(told).toEqual([expect.stringContaining('T1 "Task T1" could not be ticked: TASKS.md')]);
});
