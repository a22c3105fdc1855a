import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/ground/config/load.ts";
import { parseTrackName } from "../../src/ground/ids.ts";
import { stopTrack } from "../../src/grow/stop.ts";
import { requireTrack } from "../../src/track/track-store.ts";
import { findWorker } from "../../src/worker/worker-store.ts";
import { working } from "../support/grow.ts";
import { launcher } from "../support/places.ts";
import { ndjson, type Project, projectOf, until } from "../support/program.ts";
import { readyTrack } from "../support/ready-track.ts";
import { expectValid } from "../support/schema.ts";

const agents = `agent = "x"\n[agents.x]\ncommand = ["sh", "../../agent.sh"]\n`;
const toml = `${agents}[land]\ngate = "true"\n`;

interface Need {
  readonly kind: string;
  readonly track: string;
  readonly text: string;
  readonly hint: string;
}

async function needs({ pleach }: Project): Promise<readonly Need[]> {
  const document = JSON.parse((await pleach("attention", "--json")).stdout);
  expectValid("attention", document);
  return document.needs;
}

/** The answer of bare `pleach`, to people and to programs. */
async function bare({ pleach }: Project) {
  const said = (await pleach()).stdout.trimEnd().split("\n");
  const told = JSON.parse((await pleach("where", "--json")).stdout);
  return { said: said.at(-2), hint: said.at(-1), run: said.at(-3), told };
}

/** A track whose agent plays this shell script; it ends when `go` is there. */
async function growing(script: string): Promise<Project> {
  const project = await projectOf({ "pleach.toml": toml });
  const pleach = `"${process.execPath}" "${launcher}"`;
  const wait = "until [ -e ../../go ]; do sleep 0.1; done";
  writeFileSync(
    join(project.top, "../agent.sh"),
    `pleach() { ${pleach} "$@"; }\n${script}\n${wait}\n`,
  );
  const started = await project.pleach("start", "a", "-p", "Go", "--yes");
  expect(started, started.stderr).toMatchObject({ exitCode: 0 });
  return project;
}

test("what is ready waits for a person under review, and where no run is there to land it", async () => {
  const reviewed = await projectOf({ "pleach.toml": `${toml}review = "human"\n` });
  readyTrack(reviewed.ground, await loadConfig(reviewed.ground), "a");
  const hint = "pleach diff a shows it, pleach land a lands it";
  expect(await needs(reviewed)).toMatchObject([
    { kind: "ready", track: "a", text: "ready, and waits for your review", hint },
  ]);
  const plain = await projectOf({ "pleach.toml": toml });
  readyTrack(plain.ground, await loadConfig(plain.ground), "a");
  expect(await needs(plain)).toMatchObject([
    { kind: "ready", track: "a", text: "ready, and no run is there to land it", hint },
  ]);
  expect(await bare(plain)).toMatchObject({
    said: "ready, and waits for you: a",
    hint: `next: ${hint}`,
    told: { run: null, needs: 1, next: { hint } },
  });
  expect(await plain.pleach("land", "--yes")).toMatchObject({ exitCode: 0 });
  expect(await needs(plain)).toEqual([]);
});

test("a worker that says it is blocked waits at once, whatever it does meanwhile", async () => {
  const project = await growing('pleach blocked "Which of the two?"');
  const worker = await working(project.ground, parseTrackName("a"));
  await until(project, "worker.reported", { track: "a" });
  expect(await needs(project)).toMatchObject([
    {
      kind: "blocked",
      track: "a",
      text: "stated: Which of the two?",
      hint: "pleach tell a TEXT",
    },
  ]);
  expect(findWorker(project.ground.store, worker.id)?.at.state).not.toBe("exited");
  expect(await bare(project)).toMatchObject({
    said: "a waits for you: stated: Which of the two?",
    hint: "next: pleach tell a TEXT",
  });
  await stopTrack(project.ground, worker.track);
});

test("what workers tell the person waits until it is read, or answered; none of them can read it away", async () => {
  const project = await growing(
    'pleach tell human "Is B right?"; pleach tell human "Also C"; pleach inbox human > ../../said 2>&1; echo x >> ../../asked',
  );
  const { pleach, top } = project;
  await expect
    .poll(async () => (await needs(project)).map(({ text }) => text), { timeout: 20_000 })
    .toEqual(["message 1: Is B right?", "message 2: Also C"]);
  const [first] = await needs(project);
  expect(first).toMatchObject({ kind: "told", track: "a" });
  expect(first?.hint).toContain("pleach tell a --reply-to 1 TEXT answers it");
  await expect.poll(() => existsSync(join(top, "../asked")), { timeout: 20_000 }).toBe(true);
  expect(readFileSync(join(top, "../said"), "utf8")).toContain("is for the person in charge");
  expect(await pleach("tell", "a", "--reply-to", "1", "It is")).toMatchObject({ exitCode: 0 });
  expect((await needs(project)).map(({ text }) => text)).toEqual(["message 2: Also C"]);
  expect((await pleach("inbox", "human")).stdout).toContain("Also C");
  expect(await needs(project)).toEqual([]);
  await stopTrack(project.ground, parseTrackName("a"));
});

test("a dirty checkout is to be cleaned there, and every document says so", async () => {
  const project = await projectOf({ "pleach.toml": toml, "TASKS.md": "- [ ] One  id:T1\n" });
  const { ground, pleach, top } = project;
  const files = { "README.md": "changed\n" };
  const track = readyTrack(ground, await loadConfig(ground), "a", { files, tasks: ["T1"] });
  writeFileSync(join(top, "README.md"), "mine\n");
  const hint = `commit or stash them there: git -C '${top}' stash; then: pleach land a`;
  const ran = await pleach("run", "--yes", "--json", "--offline");
  expect(ran).toMatchObject({ exitCode: 3 });
  expect(ndjson(ran.stdout).at(-1)).toMatchObject({
    notLanded: [{ track: "a", outcome: "needs-human", hint }],
  });
  expect(await needs(project)).toMatchObject([{ kind: "needs-human", track: "a", hint }]);
  const ls = JSON.parse((await pleach("ls", "--json")).stdout);
  expectValid("ls", ls);
  expect(ls.tracks).toMatchObject([{ name: "a", hint }]);
  const { stdout } = await pleach("status", "a");
  expect(stdout).toContain(`  → ${hint}\n`);
  // No worker has anything to mend there.
  expect(stdout).not.toContain("pleach start a");
  const landed = await pleach("land", "a", "--json");
  expect(JSON.parse(landed.stdout)).toMatchObject({ landings: [{ track: "a", hint }] });
  expect(requireTrack(ground.store, track.name).at).toMatchObject({ state: "needs-human", hint });
});

test("bare pleach knows of a run that is alive, and a run with nothing to do says so", async () => {
  const project = await projectOf({
    "pleach.toml": toml,
    "TASKS.md": "- [ ] One  id:T1 est:20m\n- [x] Two  id:T2\n",
  });
  const { pleach, top } = project;
  writeFileSync(
    join(top, "../agent.sh"),
    'until [ -e ../../go ]; do sleep 0.1; done; echo x > x.txt; git add x.txt; git commit -qm "Write x"\n',
  );
  const run = project.start(["run", "--yes", "--offline"]);
  await until(project, "worker.started");
  const { child } = run;
  const during = await bare(project);
  expect(during.run).toMatch(new RegExp(`^pleach run works here: pid ${child.pid}, for \\d+s$`));
  expect(during).toMatchObject({
    said: "1 track under way",
    hint: "next: nothing; pleach events -f follows it",
    told: { run: { pid: child.pid, isCertain: true } },
  });
  writeFileSync(join(top, "../go"), "");
  const ended = await run.ended;
  expect(ended, ended.stdout).toMatchObject({ exitCode: 0 });
  expect((await bare(project)).told).toMatchObject({ run: null });
  const nothing =
    "there was nothing to do: TASKS.md has no open task; pleach ls --all shows what was done";
  const idle = await pleach("run", "--yes", "--offline");
  expect(idle).toMatchObject({ exitCode: 0 });
  expect(idle.stdout).toContain(`note: ${nothing}\n`);
  expect(idle.stdout).not.toContain("0 landed");
  const told = ndjson((await pleach("run", "--yes", "--offline", "--json")).stdout);
  expect(told.at(-1)).toMatchObject({ type: "run.finished", notes: [nothing] });
});
