import { join } from "node:path";
import { expect, test } from "vitest";
import { asTaskId, parseRaceName, parseSha, parseTrackName } from "../../src/ground/ids.ts";
import { compareRace } from "../../src/race/candidate-facts.ts";
import { parseParts } from "../../src/race/parts.ts";
import { pickParts, pickTrack } from "../../src/race/pick.ts";
import { recordRace, requireRace } from "../../src/race/race-store.ts";
import { requireTrack } from "../../src/track/track-store.ts";
import { startRace } from "../../src/verbs/start-race.ts";
import { cli } from "../support/cli.ts";
import { growRepo, settled } from "../support/grow.ts";
import { readyTrack } from "../support/ready-track.ts";
import { commitFiles, git, writeFiles } from "../support/repo.ts";
import { expectValid } from "../support/schema.ts";

const agent = (name: string, script: string): string =>
  `[agents.${name}]\ncommand = ["sh", "-c", ${JSON.stringify(`${script}; git add -A && git commit -qm ${name}`)}]\n`;

/**
 * Three candidates at one task: the one with the smallest diff and the most tests breaks the gate.
 */
const toml = `
[land]
gate = "grep -q two src/sum.txt"
${agent("pretty", 'echo 2 > src/sum.txt; echo \'it("twice");it("never");\' > test/two.test.js')}
${agent("plain", "echo two > src/sum.txt; echo 'it(\"twice\");' > test/one.test.js")}
${agent("messy", "echo two > src/sum.txt; seq 40 > notes.txt; rm test/sum.test.js")}
`;

async function raced() {
  const files = {
    "src/sum.txt": "one\n",
    "test/sum.test.js": 'it("sums");\n',
    "TASKS.md": "- [ ] Sum twice  id:T1 touches:src/**,test/**\n",
  };
  const { ground, config, top } = await growRepo(toml, files);
  const agents = ["pretty", "plain", "messy"];
  const { started, failed } = await startRace(ground, config, {
    ...{ name: parseRaceName("sum"), prompt: undefined, tasks: [asTaskId("T1")] },
    ...{ agents, base: undefined },
  });
  expect(failed).toEqual([]);
  for (const name of started) {
    expect((await settled(ground, name)).at).toMatchObject({ state: "ready" });
  }
  return { ground, config, top, started };
}

test("the best-looking diff breaks the gate: it is not suggested, not picked, and nothing lands by itself", async () => {
  const { ground, config, top, started } = await raced();
  const options = { cwd: top, env: ground.env };
  const race = requireRace(ground.store, "sum");
  const found = await compareRace(ground, config, race, {
    judge: `cat > '${join(top, "../evidence.json")}'; echo '{"pick": "sum-1", "why": "it is pretty"}'`,
  });
  expect(found.candidates.map(({ agent: who, gate }) => [who, gate?.outcome])).toEqual([
    ["plain", "green"],
    ["messy", "green"],
    ["pretty", "red"],
  ]);
  expect(found.candidates).toMatchObject([
    { tests: { added: 1, removed: 0 }, outside: [], conflicts: [] },
    { tests: { added: 0, removed: 1 }, outside: ["notes.txt"] },
    { tests: { added: 1, removed: 0 }, diff: { insertions: 2 } },
  ]);
  expect(found.agreement).toEqual({
    paths: ["src/sum.txt"],
    same: [{ path: "src/sum.txt", tracks: ["sum-2", "sum-3"] }],
  });
  expect(found.judge).toMatchObject({ pick: "sum-1", overruled: "its gate is not green" });
  expect(found.suggestion).toBe("sum-2");
  const { stdout } = await cli(["compare", "--json", "--yes"], options);
  expectValid("compare", JSON.parse(stdout));
  const main = git(top, "rev-parse", "main");
  expect((await cli(["land", "--yes"], options)).stderr).toContain("no track is ready");
  const run = await cli(["run", "--yes", "--offline", "--no-try"], options);
  expect(run.stdout).toContain("pleach pick sum-1");
  const refused = await pickTrack(ground, config, parseTrackName("sum-1"));
  expect(refused).toMatchObject({ landing: null, trial: { outcome: "red" }, dropped: [] });
  expect(git(top, "rev-parse", "main")).toBe(main);
  for (const name of started) {
    expect(requireTrack(ground.store, name).at.state).toBe("ready");
  }
}, 60_000);

test("parts of several become a track that lands, and all others are dropped with their rescues", async () => {
  const { ground, config, top, started } = await raced();
  const clash = pickParts(ground, config, parseParts(["sum-2:src/**", "sum-3:src/**"]));
  await expect(clash).rejects.toThrow(/src\/sum\.txt is asked of both/);
  const red = await pickParts(ground, config, parseParts(["sum-1:src/**", "sum-2:test/**"]));
  expect(red).toMatchObject({ picked: "sum-4", landing: null, trial: { outcome: "red" } });
  const options = { cwd: top, env: ground.env };
  const parts = ["sum-2:src/**", "sum-1:test/**", "sum-3:notes.txt"];
  const picked = await cli(["pick", "--json", "--yes", "--parts", ...parts], options);
  expectValid("pick", JSON.parse(picked.stdout));
  expect(JSON.parse(picked.stdout)).toMatchObject({
    picked: "sum-5",
    landing: { outcome: "landed" },
    dropped: [{ track: "sum-1" }, { track: "sum-2" }, { track: "sum-3" }, { track: "sum-4" }],
    left: [],
  });
  expect(git(top, "show", "main:src/sum.txt")).toBe("two");
  expect(git(top, "ls-tree", "-r", "--name-only", "main")).toMatch(
    /notes\.txt[\s\S]*two\.test\.js/,
  );
  expect(git(top, "show", "main:TASKS.md")).toContain("[x] Sum twice");
  for (const name of started) {
    const { at } = requireTrack(ground.store, name);
    expect(at).toMatchObject({ state: "dropped" });
    if (at.state === "dropped") git(top, "rev-parse", "--verify", at.rescue ?? "");
  }
  expect((await cli(["pick", "sum-1", "--yes"], options)).exitCode).toBe(2);
}, 60_000);

test.each([
  { strategy: "rebase", subjects: ["r-1 2", "r-1 1"] },
  { strategy: "squash", subjects: ["Land r-1"] },
  { strategy: "merge", subjects: [expect.stringContaining("Merge"), "r-1 2", "r-1 1"] },
])(
  "a pick lands by the strategy it is told: $strategy",
  async ({ strategy, subjects }) => {
    const { ground, config, top } = await growRepo('[land]\ngate = "true"\n');
    const candidates = ["r-1", "r-2"].map(parseTrackName);
    const base = parseSha(git(top, "rev-parse", "main"));
    recordRace(ground, { name: parseRaceName("r"), base, candidates });
    readyTrack(ground, config, "r-1", { files: [{ a: "1\n" }, { b: "2\n" }] });
    readyTrack(ground, config, "r-2");
    commitFiles(top, { c: "3\n" }, "meanwhile");
    const from = git(top, "rev-parse", "main");
    const options = { cwd: top, env: ground.env };
    const { stdout } = await cli(
      ["pick", "r-1", "--strategy", strategy, "--yes", "--json"],
      options,
    );
    expectValid("pick", JSON.parse(stdout));
    expect(JSON.parse(stdout)).toMatchObject({ landing: { outcome: "landed" } });
    const landed = git(top, "log", "--topo-order", "--format=%s", `${from}..main`).split("\n");
    expect(landed).toEqual(subjects);
    expect((await cli(["pick", "r-2", "--strategy", "x", "--yes"], options)).exitCode).toBe(2);
  },
  60_000,
);

test("a winner that a dirty checkout keeps out stays in its race, and picking it again ends it", async () => {
  const { ground, config, top } = await growRepo('[land]\ngate = "true"\n', { a: "1\n" });
  const candidates = ["r-1", "r-2"].map(parseTrackName);
  const base = parseSha(git(top, "rev-parse", "main"));
  recordRace(ground, { name: parseRaceName("r"), base, candidates });
  readyTrack(ground, config, "r-1", { files: { a: "2\n" } });
  readyTrack(ground, config, "r-2");
  writeFiles(top, { a: "mine\n" });
  const options = { cwd: top, env: ground.env };
  const kept = await cli(["pick", "r-1", "--yes"], options);
  expect(kept.exitCode).toBe(3);
  expect(kept.stdout).toContain(
    `  hint: commit or stash them there: git -C '${top}' stash; then: pleach pick r-1\n`,
  );
  git(top, "checkout", "--quiet", "a");
  const picked = await cli(["pick", "r-1", "--yes"], options);
  expect(picked).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("r-2 is dropped") });
}, 60_000);
