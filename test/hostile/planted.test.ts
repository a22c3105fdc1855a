import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commitLeftovers } from "../../src/grow/done/leftovers.ts";
import { gatherEvidence } from "../../src/grow/done/worktree-facts.ts";
import { touchedSince } from "../../src/grow/worktree/touched.ts";
import { rebaseInPlace } from "../../src/land/weave/plain-rebase.ts";
import { scanOnce } from "../../src/radar/open.ts";
import { trackSubjects } from "../../src/radar/subjects.ts";
import { dropTrack } from "../../src/rescue/drop.ts";
import { restore } from "../../src/rescue/restore.ts";
import { diffOfTrack } from "../../src/verbs/diff.ts";
import { undoLastLanding } from "../../src/verbs/undo.ts";
import { landingOf } from "../land/landing/landing-of.ts";
import { growTrack } from "../support/growing.ts";
import { writeHook } from "../support/hostile.ts";
import { commitFiles, git, writeFiles } from "../support/repo.ts";

/* Each test is a row of docs/hostile.md: its name begins with the input. */

const hooks = [
  ...["applypatch-msg", "commit-msg", "fsmonitor-watchman", "post-applypatch", "post-checkout"],
  ...["post-commit", "post-index-change", "post-merge", "post-rewrite", "pre-applypatch"],
  ...["pre-auto-gc", "pre-commit", "pre-merge-commit", "pre-push", "pre-rebase"],
  ...["prepare-commit-msg", "reference-transaction"],
];

const limits = { hooksMs: 60_000 };

/** Makes a program that records when it is run, and passes its input on. */
function spyAt(folder: string): { readonly spy: string; readonly ran: () => boolean } {
  const [spy, mark] = [join(folder, "spy"), join(folder, "ran")];
  writeFileSync(spy, `#!/bin/sh\necho "$0 $*" >> '${mark}'\ncat\n`, { mode: 0o755 });
  return { spy, ran: () => existsSync(mark) };
}

/**
 * Names the program in the configuration wherever git may start one by looking or by checking out.
 */
function nameSpy(repo: string, spy: string, filter = true): void {
  const names = ["core.fsmonitor", "core.pager", "core.editor", "diff.external", "gpg.program"];
  const drivers = ["diff.x.command", "diff.x.textconv"];
  const filters = filter ? ["filter.x.clean", "filter.x.smudge", "merge.x.driver"] : [];
  for (const name of [...names, ...drivers, ...filters]) git(repo, "config", name, spy);
  git(repo, "config", "core.hooksPath", join(spy, "../hooks"));
  mkdirSync(join(spy, "../hooks"), { recursive: true });
  for (const name of hooks) {
    writeFileSync(join(spy, "../hooks", name), `#!/bin/sh\nexec '${spy}'\n`, { mode: 0o755 });
  }
}

type Scene = Awaited<ReturnType<typeof landingOf>>;

/** Does all that Pleach does with a track whose agent has ended, up to its landing. */
async function goThrough({ ground, config, track, top }: Scene): Promise<void> {
  await gatherEvidence(ground.git, track);
  await touchedSince(ground.git, track);
  await scanOnce(ground, config, trackSubjects([track])).catch(() => undefined);
  await diffOfTrack(ground, track, { stat: false });
  expect(await commitLeftovers(ground.git, track, limits)).toBeUndefined();
  commitFiles(top, { "main.txt": "main\n" }, "Main");
  await rebaseInPlace(ground.git.at(track.worktree), "main", "main");
}

/**
 * Makes a repository inside a folder, which git enters when it looks whether the folder is dirty.
 */
function nest(folder: string): void {
  mkdirSync(folder);
  git(folder, "init", "--quiet", "--initial-branch=main");
  commitFiles(folder, { "inside.txt": "inside\n", ".gitattributes": "* filter=x diff=x\n" });
  writeFileSync(join(folder, "inside.txt"), "inside, and changed\n");
}

test("a repository inside a track's worktree, with programs in its configuration: none of them runs", async () => {
  const scene = await landingOf();
  const { ground, config, track, top, act } = scene;
  const { spy, ran } = spyAt(join(top, ".."));
  const nested = join(track.worktree, "nested");
  nest(nested);
  const modules = '[submodule "n"]\n\tpath = nested\n\turl = ./nested\n\tignore = none\n';
  writeFiles(track.worktree, { ".gitmodules": modules });
  git(track.worktree, "add", ".gitmodules", "nested");
  git(track.worktree, "commit", "--quiet", "--message", "Nest");
  nameSpy(nested, spy);
  await goThrough(scene);
  expect(ran()).toBe(false);
  // Uncommitted changes in there are seen all the same.
  expect(await gatherEvidence(ground.git, track)).toMatchObject({ dirty: ["nested"] });
  const drop = await dropTrack(ground, config, track.name);
  await restore(ground, config, drop.rescue ?? "");
  await act();
  expect(ran()).toBe(false);
});

test.each([
  ["a file that leads elsewhere", false],
  ["a repository of its own", true],
])("a .git of a track's worktree that was replaced by %s", async (_, own) => {
  const scene = await landingOf();
  const { ground, track, top, act } = scene;
  const { spy, ran } = spyAt(join(top, ".."));
  const dotGit = join(track.worktree, ".git");
  rmSync(dotGit);
  const elsewhere = own ? track.worktree : join(top, "../elsewhere");
  mkdirSync(elsewhere, { recursive: true });
  git(elsewhere, "init", "--quiet", "--initial-branch=work/auth");
  if (!own) writeFileSync(dotGit, `gitdir: ${join(elsewhere, ".git")}\n`);
  commitFiles(elsewhere, { "planted.txt": "planted\n" }, "Planted");
  if (own) rmSync(join(track.worktree, "planted.txt"));
  nameSpy(elsewhere, spy);
  writeFiles(track.worktree, { "late.txt": "late\n", ".gitattributes": "* filter=x diff=x\n" });
  await gatherEvidence(ground.git, track);
  await touchedSince(ground.git, track);
  await diffOfTrack(ground, track, { stat: false });
  expect(await commitLeftovers(ground.git, track, limits)).toBeUndefined();
  expect(await act()).toMatchObject({ outcome: "landed" });
  expect(git(top, "ls-tree", "--name-only", "main")).toContain("late.txt");
  expect(git(top, "ls-tree", "--name-only", "main")).not.toContain("planted.txt");
  expect(ran()).toBe(false);
});

test("hooks and monitors planted in .git while a track grew: none runs, from its last look to its undoing", async () => {
  const scene = await landingOf();
  const { ground, config, top, act } = scene;
  const { spy, ran } = spyAt(join(top, ".."));
  for (const name of hooks) writeHook(top, name, `exec '${spy}'`);
  for (const name of ["core.fsmonitor", "core.pager", "diff.external", "core.alternateRefsCommand"])
    git(top, "config", name, spy);
  expect(await act()).toMatchObject({ outcome: "landed" });
  const grown = growTrackQuietly(scene);
  writeFiles(grown.worktree, { "draft.txt": "draft\n" });
  const drop = await dropTrack(ground, config, grown.name);
  await restore(ground, config, drop.rescue ?? "");
  expect(ran()).toBe(false);
  // A new worktree runs the person's own post-checkout: wanted there, and nowhere else.
  rmSync(join(top, ".git/hooks/post-checkout"));
  expect(await undoLastLanding(ground, config, {})).toMatchObject({ outcome: "landed" });
});

/** Grows a track by plain git, which runs the hooks; their record is removed again. */
function growTrackQuietly({ ground, config, top }: Scene) {
  const track = growTrack(ground, config, "grown");
  rmSync(join(top, "../ran"), { force: true });
  return track;
}

test("hooks that lie in the worktree (core.hooksPath = .husky): not run when Pleach commits", async () => {
  const scene = await landingOf();
  const { ground, track, top } = scene;
  const { spy, ran } = spyAt(join(top, ".."));
  git(top, "config", "core.hooksPath", ".husky");
  for (const name of hooks)
    writeFiles(track.worktree, { [`.husky/${name}`]: `#!/bin/sh\nexec ${spy}\n` });
  git(track.worktree, "update-index", "--refresh");
  rmSync(join(top, "../ran"), { force: true });
  for (const name of hooks) {
    writeFileSync(join(track.worktree, ".husky", name), `#!/bin/sh\nexec ${spy}\n`, {
      mode: 0o755,
    });
  }
  expect(await commitLeftovers(ground.git, track, limits)).toBeUndefined();
  expect(ran()).toBe(false);
  // The person's own hooks, elsewhere, are asked.
  git(top, "config", "--unset", "core.hooksPath");
  writeHook(top, "pre-commit", "echo var is over >&2; exit 1");
  writeFiles(track.worktree, { "more.txt": "more\n" });
  expect(await commitLeftovers(ground.git, track, limits)).toEqual({
    ...{ kind: "refused", said: "var is over" },
  });
});
