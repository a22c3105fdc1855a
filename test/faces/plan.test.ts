import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { asTaskId } from "../../src/ground/ids.ts";
import { recordTrack } from "../../src/track/track-store.ts";
import { cli } from "../support/cli.ts";
import { testEnv } from "../support/env.ts";
import { gitRepo, groundOf } from "../support/repo.ts";
import { expectValid } from "../support/schema.ts";
import { scratch } from "../support/scratch.ts";
import { trackSeed } from "../support/track.ts";

const tasks = `# Work
- [ ] Rotate tokens in src/auth.ts  id:T1 est:30m
- [ ] Log in by mail, see src/auth.ts  id:T2 est:30m
- [ ] Document it  id:T3 est:30m touches:docs/** after:T1
- [x] Done before  id:T0
`;
const files = {
  "TASKS.md": tasks,
  "src/auth.ts": "",
  "docs/a.md": "",
  "pleach.toml": "[worktrees]\nsetup = ['touch ran']\n",
};
const env = () => ({ ...testEnv(), XDG_CONFIG_HOME: scratch(), XDG_STATE_HOME: scratch() });

test("a plan is made of the backlog as it is, and executes nothing", async () => {
  const cwd = gitRepo(files);
  const { exitCode, stdout } = await cli(["plan", "--json", "-k", "2"], { cwd, env: env() });
  expect(exitCode).toBe(0);
  const plan = JSON.parse(stdout);
  expectValid("plan", plan);
  expect(plan).toMatchObject({ target: "main", workers: 2, sequentialMinutes: expect.any(Number) });
  expect(plan.conflicts).toMatchObject([
    { tasks: ["T1", "T2"], paths: ["src/auth.ts"], soft: false },
  ]);
  expect(existsSync(join(cwd, "ran"))).toBe(false);
  const shown = await cli(["plan", "TASKS.md", "--strict-tracks"], { cwd, env: env() });
  expect(shown).toMatchObject({ exitCode: 0, stderr: "" });
  expect(shown.stdout).toContain("3 open tasks");
});

test("one task is explained, and one that is not there is said to be so", async () => {
  const cwd = gitRepo(files);
  const args = ["plan", "--explain", "T3"];
  const { stdout } = await cli([...args, "--json"], { cwd, env: env() });
  expectValid("plan-explanation", JSON.parse(stdout));
  expect((await cli(args, { cwd, env: env() })).stdout).toContain("Document it");
  const none = await cli(["plan", "--explain", "TT3"], { cwd, env: env() });
  expect(none).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("hint: did you mean T3?"),
  });
});

test("--write puts predicted footprints into the task file, and nothing else", async () => {
  const cwd = gitRepo(files);
  expect((await cli(["plan", "--write"], { cwd, env: env() })).exitCode).toBe(0);
  const written = tasks.replace(/(id:T[12] est:30m)/g, "$1  touches:src/auth.ts");
  expect(readFileSync(join(cwd, "TASKS.md"), "utf8")).toBe(written);
});

test("a live track keeps its tasks and its paths", async () => {
  const cwd = gitRepo(files);
  const ground = await groundOf(cwd);
  const seed = trackSeed(ground, "auth", {
    tasks: [{ id: asTaskId("T1"), text: "", details: "", line: 2, headings: [], explicitId: true }],
    footprint: ["src/auth.ts"],
  });
  recordTrack(ground, seed.name, { type: "track.planned", seed });
  const { stdout } = await cli(["plan", "--json"], { cwd, env: env() });
  const { tracks } = JSON.parse(stdout);
  expect(tracks[0]).toMatchObject({ name: "auth", tasks: ["T1"], state: "provisioning" });
  const waiting = tracks.find((track: { tasks: string[] }) => track.tasks.includes("T2"));
  expect(waiting.after).toEqual(["auth"]);
});
