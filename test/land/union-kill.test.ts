import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openPrograms } from "../../src/ground/program.ts";
import { allTracks } from "../../src/grow/track-store.ts";
import { landTrack } from "../../src/land/land.ts";
import { type LandStep, landSteps } from "../../src/land/landing.ts";
import { recoverLandings } from "../../src/land/recover.ts";
import { type ConfigChanges, testConfig } from "../support/config.ts";
import { readyTrack } from "../support/ready-track.ts";
import { git, gitRepo, groundOf, writeFiles } from "../support/repo.ts";
import { landApart } from "./land-apart.ts";
import { taskFile } from "./landing-of.ts";

/*
 * Kill -9 of the landing of a union, before, in and after every one of its steps: all of its tracks
 * share one fate, what the owner of the checkout has there stays, and what lands was tested.
 */

const moments = ["intent", "acted", "result"] as const;
/** What is red or in conflict is nobody's doing in a union: it is taken apart, and nobody is handed back. */
const never: readonly LandStep[] = ["hand-back"];
const cases = landSteps
  .filter((step) => !never.includes(step))
  .flatMap((step) => moments.map((moment) => ({ step, moment })));

const edited = taskFile().replace("# Work", "# Work, edited and not committed");
const changes: ConfigChanges = {
  land: { gate: [{ name: "test", command: 'git rev-parse "HEAD^{tree}" >> ../../tested' }] },
  soft: [{ pattern: "*.lock", policy: { kind: "regenerate", command: "cat *.txt > all.lock" } }],
};

/** Two tracks that are ready, on a target that has moved on, in whose checkout its owner works. */
async function sceneOf(isVetoed: boolean) {
  const top = gitRepo({
    ...{ "README.md": "hello\n", "TASKS.md": taskFile(), "doc.md": "doc\n", "all.lock": "" },
  });
  const ground = await groundOf(top);
  const config = testConfig(top, changes);
  readyTrack(ground, config, "a", {
    files: { "a.txt": "a\n", "all.lock": "by hand\n" },
    tasks: ["T1"],
  });
  readyTrack(ground, config, "b", {
    files: { "b.txt": "b\n", "all.lock": "by hand, too\n" },
    tasks: ["T2"],
  });
  writeFiles(top, { "main.txt": "main\n" });
  git(top, "add", "main.txt");
  git(top, "commit", "--quiet", "--message", "Main moved on");
  writeFiles(top, { "doc.md": "doc, dirty\n", "note.txt": "untracked\n", "TASKS.md": edited });
  if (isVetoed) veto(top);
  return { top, ground, config, main: git(top, "rev-parse", "main") };
}

type Scene = Awaited<ReturnType<typeof sceneOf>>;

const hookOf = (top: string): string => join(top, ".git/hooks/reference-transaction");

/** A hook of the user that lets nobody move the target. */
function veto(top: string): void {
  const line = '[ "$1" = prepared ] && grep -q "refs/heads/main$" && exit 1\nexit 0\n';
  writeFileSync(hookOf(top), `#!/bin/sh\n${line}`);
  chmodSync(hookOf(top), 0o755);
}

const statesOf = ({ ground }: Scene): readonly string[] => [
  ...new Set(allTracks(ground.store).map(({ at }) => at.state)),
];

/** What must be so after any recovery, whatever became of the union. */
function expectWhole({ top, ground }: Scene): void {
  expect(openPrograms(ground.store, "land")).toEqual([]);
  const status = git(top, "status", "--porcelain", "--untracked-files=all").split("\n");
  expect(status.filter((line) => !line.endsWith("TASKS.md"))).toEqual([" M doc.md", "?? note.txt"]);
  expect(readFileSync(join(top, "doc.md"), "utf8")).toBe("doc, dirty\n");
  expect(readFileSync(join(top, "TASKS.md"), "utf8")).toContain("edited and not committed");
  expect(git(top, "symbolic-ref", "HEAD")).toBe("refs/heads/main");
  expect(existsSync(join(top, ".git/index.lock"))).toBe(false);
}

async function expectLanded(scene: Scene): Promise<void> {
  const { top, ground, config } = scene;
  for (const { name, at } of allTracks(ground.store)) {
    if (at.state === "landed") continue;
    expect(await landTrack(ground, config, name)).toMatchObject({ outcome: "landed" });
  }
  expectWhole(scene);
  expect(git(top, "show", "main:all.lock")).toBe("a\nb\nmain");
  const done = edited.replace("[ ] Task T1", "[x] Task T1").replace("[ ] Task T2", "[x] Task T2");
  expect(readFileSync(join(top, "TASKS.md"), "utf8")).toBe(done);
  const tested = readFileSync(join(top, "../tested"), "utf8").trim().split("\n");
  expect(tested).toContain(git(top, "rev-parse", "main^{tree}"));
  const landed = ground.store.events().filter(({ type }) => type === "landing.landed");
  expect(landed.map(({ track }) => track).toSorted()).toEqual(["a", "b"]);
}

describe("a union whose landing is killed", () => {
  test.each(cases)("at $step:$moment: both of its tracks land, once and whole", async (at) => {
    const scene = await sceneOf(at.step === "roll-back");
    const { top, ground, config } = scene;
    const killed = landApart(top, changes, `land:${at.step}:${at.moment}`, "a+b");
    expect(await killed.ended).toMatchObject({ signal: "SIGKILL" });
    await recoverLandings(ground, config);
    expectWhole(scene);
    expect(statesOf(scene)).toHaveLength(1);
    if (at.step === "roll-back") {
      expect(statesOf(scene)).toEqual(["ready"]);
      expect(git(top, "rev-parse", "main")).toBe(scene.main);
      rmSync(hookOf(top));
    }
    await expectLanded(scene);
  });
});
