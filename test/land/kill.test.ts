import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findMarked } from "../../src/ground/proc/find.ts";
import { recoverLandings } from "../../src/land/attempt/recover.ts";
import { type LandStep, landSteps } from "../../src/land/landing/landing.ts";
import { requireTrack } from "../../src/track/track-store.ts";
import type { ConfigChanges } from "../support/config.ts";
import { killMoments } from "../support/depth.ts";
import { git, writeFiles } from "../support/repo.ts";
import { landingOf, subjects, taskFile } from "./landing/landing-of.ts";
import { landApart } from "./queue/land-apart.ts";

/*
 * Kills a landing with -9 in every one of its steps and, in the deep tests, before and after each;
 * then the next landing finds out what is true and goes on. The steps come from the code: a step
 * that no scene reaches fails this suite.
 */

const userTasks = taskFile().replace("# Work", "# Work, edited and not committed");
const gateLog = "../gate.log";

/** The kind of a scene: a landing that lands, that is handed back, or whose swap is vetoed. */
type Kind = "lands" | "red" | "vetoed";

const gates: Readonly<Record<Kind, string>> = {
  lands: 'git rev-parse "HEAD^{tree}" >> ../../gate.log',
  red: "exit 1",
  vetoed: "true",
};

/**
 * Returns the scene in which a step is killed; `roll-back` and `hand-back` only occur when nothing
 * lands.
 */
const kindOf = (step: LandStep): Kind =>
  step === "roll-back" ? "vetoed" : step === "hand-back" ? "red" : "lands";

async function sceneOf(kind: Kind) {
  const changes: ConfigChanges = {
    land: { gate: [{ name: "test", command: gates[kind] }] },
    soft: [
      {
        pattern: "*.lock",
        policy: { kind: "regenerate", command: "cat *.txt > all.lock" },
      },
    ],
  };
  const scene = await landingOf({
    files: { "all.lock": "", "doc.md": "doc\n", "staged.md": "staged\n" },
    config: changes,
    track: { files: { "auth.txt": "auth\n", "all.lock": "by the worker\n" } },
  });
  const { top } = scene;
  // The target has moved on, and its owner works in its checkout.
  writeFiles(top, { "main.txt": "main\n" });
  git(top, "add", "main.txt");
  git(top, "commit", "--quiet", "--message", "Main moved on");
  writeFiles(top, {
    "doc.md": "doc, dirty\n",
    "staged.md": "staged, dirty\n",
    "new/note.txt": "untracked\n",
    "TASKS.md": userTasks,
  });
  git(top, "add", "staged.md");
  if (kind === "vetoed") veto(top);
  return { ...scene, changes, before: statusOf(top), main: git(top, "rev-parse", "main") };
}

const lockOf = (top: string): string => join(top, ".git/refs/heads/main.lock");

/** Lays a lock that keeps any process from moving the target, as another git would hold it. */
function veto(top: string): void {
  writeFileSync(lockOf(top), "");
}

const statusOf = (top: string): string =>
  git(top, "status", "--porcelain", "--untracked-files=all").replace(/^ M TASKS.md\n?/m, "");

type SceneOf = Awaited<ReturnType<typeof sceneOf>>;

/** Expects what must be true after any recovery, whatever the outcome of the landing. */
async function expectWhole({ top, ground, open, before }: SceneOf): Promise<void> {
  expect(open()).toBe(0);
  expect(statusOf(top)).toBe(before);
  expect(readFileSync(join(top, "doc.md"), "utf8")).toBe("doc, dirty\n");
  expect(git(top, "show", ":staged.md")).toBe("staged, dirty");
  expect(readFileSync(join(top, "new/note.txt"), "utf8")).toBe("untracked\n");
  expect(git(top, "symbolic-ref", "HEAD")).toBe("refs/heads/main");
  expect(existsSync(join(top, ".git/index.lock"))).toBe(false);
  expect(existsSync(join(top, ".git/refs/heads/main.lock"))).toBe(false);
  for (const { id } of ground.store.all<{ id: string }>("SELECT id FROM programs")) {
    expect(await findMarked("PLEACH_PROGRAM", id)).toEqual({ kind: "known", processes: [] });
  }
}

async function expectLanded(scene: SceneOf): Promise<void> {
  const { top, ground, track } = scene;
  await expectWhole(scene);
  const expected = ["Tick T1", "Regenerate all.lock", "auth 1", "Main moved on", "First"];
  expect(subjects(top)).toEqual(expected);
  expect(git(top, "show", "main:all.lock")).toBe("auth\nmain");
  expect(readFileSync(join(top, "all.lock"), "utf8")).toBe("auth\nmain\n");
  const done = userTasks.replace("[ ] Task T1", "[x] Task T1");
  expect(readFileSync(join(top, "TASKS.md"), "utf8")).toBe(done);
  const tested = readFileSync(join(top, gateLog), "utf8").trim().split("\n");
  expect(tested).toContain(git(top, "rev-parse", "main^{tree}"));
  const at = { state: "landed", commit: git(top, "rev-parse", "main") };
  expect(requireTrack(ground.store, track.name).at).toEqual(at);
  const landed = ground.store.events().filter(({ type }) => type === "landing.landed");
  expect(landed).toHaveLength(1);
}

describe("a landing that is killed", () => {
  const cases = landSteps.flatMap((step) => killMoments.map((moment) => ({ step, moment })));
  test.each(cases)(
    "at $step:$moment comes to its end, once and whole",
    async ({ step, moment }) => {
      const kind = kindOf(step);
      const scene = await sceneOf(kind);
      const { top, ground, config, track, act, changes } = scene;
      const killed = landApart(top, changes, `land:${step}:${moment}`);
      expect(await killed.ended).toMatchObject({ signal: "SIGKILL" });
      await recoverLandings(ground, config);
      if (kind === "vetoed") rmSync(lockOf(top), { force: true });
      const { state } = requireTrack(ground.store, track.name).at;
      if (kind === "lands") {
        if (state !== "landed") expect(await act()).toMatchObject({ outcome: "landed" });
        return await expectLanded(scene);
      }
      await expectWhole(scene);
      expect(git(top, "rev-parse", "main")).toBe(scene.main);
      expect(readFileSync(join(top, "TASKS.md"), "utf8")).toBe(userTasks);
      if (kind === "red") {
        expect(requireTrack(ground.store, track.name)).toMatchObject({
          tries: 1,
          at: { state: "handed-back", kind: "red" },
        });
        expect(readFileSync(join(track.worktree, ".pleach/HANDOFF.md"), "utf8")).toContain(
          "exit 1",
        );
      } else {
        expect(await act()).toMatchObject({ outcome: "landed" });
        expect(statusOf(top)).toBe(scene.before);
      }
    },
  );
});
