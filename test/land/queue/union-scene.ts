import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { openPrograms } from "../../../src/ground/program.ts";
import { type LandStep, landSteps } from "../../../src/land/landing/landing.ts";
import { landTrack } from "../../../src/land/queue/land-track.ts";
import { allTracks } from "../../../src/track/track-store.ts";
import { type ConfigChanges, testConfig } from "../../support/config.ts";
import { readyTrack } from "../../support/ready-track.ts";
import { git, gitRepo, groundOf, writeFiles } from "../../support/repo.ts";
import { taskFile } from "../landing/landing-of.ts";

/**
 * Steps that no union takes: a red or conflicting union is no track's fault; it is taken apart, and
 * no track is handed back.
 */
const never: readonly LandStep[] = ["hand-back"];
/** Every step the landing of a union can take. */
export const unionSteps = landSteps.filter((step) => !never.includes(step));

const edited = taskFile().replace("# Work", "# Work, edited and not committed");
export const changes: ConfigChanges = {
  land: { gate: [{ name: "test", command: 'git rev-parse "HEAD^{tree}" >> ../../tested' }] },
  soft: [{ pattern: "*.lock", policy: { kind: "regenerate", command: "cat *.txt > all.lock" } }],
};

/** Makes two ready tracks, on a target that has moved on, in whose checkout its owner works. */
export async function unionScene({
  isVetoed = false,
  prepare = () => undefined,
}: {
  readonly isVetoed?: boolean;
  readonly prepare?: (top: string) => void;
} = {}) {
  const top = gitRepo({
    ...{ "README.md": "hello\n", "TASKS.md": taskFile(), "doc.md": "doc\n", "all.lock": "" },
  });
  prepare(top);
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

export type UnionScene = Awaited<ReturnType<typeof unionScene>>;

export const lockOf = (top: string): string => join(top, ".git/refs/heads/main.lock");

/** Lays a lock that keeps any process from moving the target, as another git would hold it. */
function veto(top: string): void {
  writeFileSync(lockOf(top), "");
}

export const statesOf = ({ ground }: UnionScene): readonly string[] => [
  ...new Set(allTracks(ground.store).map(({ at }) => at.state)),
];

/** Expects what must be so after any recovery, whatever the outcome of the union. */
export function expectWhole({ top, ground }: UnionScene): void {
  expect(openPrograms(ground.store, "land")).toEqual([]);
  const status = git(top, "status", "--porcelain", "--untracked-files=all").split("\n");
  expect(status.filter((line) => !line.endsWith("TASKS.md"))).toEqual([" M doc.md", "?? note.txt"]);
  expect(readFileSync(join(top, "doc.md"), "utf8")).toBe("doc, dirty\n");
  expect(readFileSync(join(top, "TASKS.md"), "utf8")).toContain("edited and not committed");
  expect(git(top, "symbolic-ref", "HEAD")).toBe("refs/heads/main");
  expect(existsSync(join(top, ".git/index.lock"))).toBe(false);
}

export async function expectLanded(scene: UnionScene): Promise<void> {
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
