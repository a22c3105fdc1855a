import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/ground/config/load.ts";
import type { ExactEnv } from "../../src/ground/proc/run.ts";
import { allMessages } from "../../src/talk/message-store.ts";
import { findTrack, recordTrack } from "../../src/track/track-store.ts";
import { cli } from "../support/cli.ts";
import { launcher } from "../support/places.ts";
import { type Project, projectOf, states } from "../support/program.ts";
import { readyTrack } from "../support/ready-track.ts";
import { git } from "../support/repo.ts";

/* Each test is a row of docs/hostile.md: its name begins with the input. */

/** Ways in which a worker might try not to look like one. */
const disguises = {
  "as it is": "",
  "without its environment": "env -i PATH=$PATH HOME=$HOME",
  "under another track's name": "env PLEACH_WORKER=w_no PLEACH_TRACK=two",
  "out of its session": "setsid --wait env -i PATH=$PATH HOME=$HOME",
} as const;

/** Builds the lines of a script that say a command to the program, and keep its answer. */
const sayingIn = (top: string): string => `
REPO=${top} SAID=${dirname(top)}/said
PATH=${dirname(process.execPath)}:$PATH
said() { how=$1; shift; printf '%s | ' "$*" >> "$SAID"; $how node ${launcher} -C "$REPO" "$@" < /dev/null 2>&1 | tr '\\n' ' ' >> "$SAID"; echo >> "$SAID"; }
`;

const agent = `. ../../words.sh
echo $PLEACH_TRACK > $PLEACH_TRACK.txt; git add . && git commit -qm "Write $PLEACH_TRACK"
`;

/** Makes two existing tracks, and a third whose worker says these words. */
async function worker(words: string, land = 'gate = "true"'): Promise<Project> {
  const project = await projectOf({
    "TASKS.md": "- [ ] One  id:T1\n- [ ] Two  id:T2\n- [ ] Three  id:T3\n",
    "pleach.toml": `agent = "x"\nhost = "headless"\n[land]\n${land}\n[agents.x]\ncommand = ["sh", "../../agent.sh", "{prompt_file}"]\n`,
    "check.sh": "exit 0\n",
  });
  const folder = dirname(project.top);
  writeFileSync(join(folder, "agent.sh"), sayingIn(project.top) + agent);
  writeFileSync(join(folder, "words.sh"), `[ $PLEACH_TRACK = two ] || return 0\n${words}\n`);
  return project;
}

async function grow(project: Project, name: string, task: string): Promise<void> {
  const started = await project.pleach("start", name, "--task", task, "--yes");
  expect(started, started.stderr).toMatchObject({ exitCode: 0 });
  await expect.poll(() => states(project)[task], { timeout: 40_000 }).toBe("ready");
}

/** Reads each command with its answer: who has to say it when refused for that, else `said`. */
function answers({ top }: Project): readonly string[] {
  const lines = readFileSync(join(top, "../said"), "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const [words = "", told = ""] = line.split(" | ");
    return `${words}: ${/ is for (.*) to say, and this is /.exec(told)?.[1] ?? "said"}`;
  });
}

const [persons, others] = ["the person in charge", "its own worker"];

test("a worker that says what only the person may say: refused, whatever it has laid off (3)", async () => {
  const words = [
    ["land", "--accept-gate", "one"],
    ["land", "--no-gate", "one"],
    ["land", "--yes", "one"],
    ["land", "--undo"],
    ["drop", "one"],
    ["pick", "one"],
    ["answer", "one", "allow"],
    ["run", "--yes"],
    ["clean", "--expired"],
    ["resume", "--all"],
    ["inbox", "human"],
  ].map((said) => said.join(" "));
  const hidden = Object.values(disguises).map((how) => `said "${how}" land --accept-gate one`);
  const project = await worker([...words.map((said) => `said "" ${said}`), ...hidden].join("\n"));
  await grow(project, "one", "T1");
  const tip = git(project.top, "rev-parse", "main");
  await grow(project, "two", "T2");
  const more = Object.values(disguises).map(() => "land --accept-gate one");
  expect(answers(project)).toEqual([...words, ...more].map((said) => `${said}: ${persons}`));
  expect(git(project.top, "rev-parse", "main")).toBe(tip);
  expect(states(project)).toEqual({ T1: "ready", T2: "ready" });
  const overreached = project.ground.store
    .events()
    .filter(({ type }) => type === "worker.overreached");
  expect(overreached[0]).toMatchObject({ track: "two", said: "pleach land --accept-gate" });
  expect(overreached).toHaveLength(words.length + more.length);
});

test("a worker that reports about another, or in its name: refused (3), and its messages bear its own", async () => {
  const words = Object.values(disguises).flatMap((how) => [
    `said "${how}" blocked --track one forged`,
    `said "${how}" handoff one -m forged`,
    `said "${how}" tell one hello`,
  ]);
  const forged = [
    `said "env PLEACH_TRACK=one PLEACH_WORKER=w_no" done`,
    `REPO=../one; said "env -u PLEACH_TRACK" done`,
    "REPO=.; said '' done",
  ];
  const project = await worker([...words, ...forged].join("\n"));
  await grow(project, "one", "T1");
  await grow(project, "two", "T2");
  expect(answers(project)).toEqual([
    ...Object.values(disguises).flatMap(() => [
      `blocked --track one forged: ${others}`,
      `handoff one -m forged: ${others}`,
      "tell one hello: said",
    ]),
    `done: ${others}`,
    `done: ${others}`,
    "done: said",
  ]);
  const senders = allMessages(project.ground.store).map(({ from }) => from);
  expect(senders).toEqual(Object.values(disguises).map(() => ({ kind: "track", name: "two" })));
  const reports = project.ground.store.events().filter(({ type }) => type === "worker.reported");
  expect(reports).toMatchObject([{ track: "two", kind: "done" }]);
});

test("a worker that lands where a person reviews, or code of it that a gate runs: refused (3)", async () => {
  const project = await worker(
    'said "" land one\nprintf "exit 0\\n" > check.sh',
    'gate = "sh ../../gate.sh"\nreview = "human"',
  );
  writeFileSync(
    join(project.top, "../gate.sh"),
    `${sayingIn(project.top)}said "env -i PATH=$PATH HOME=$HOME" drop two\nsaid "" land --accept-gate two\n`,
  );
  await grow(project, "one", "T1");
  await grow(project, "two", "T2");
  const landed = await project.pleach("land", "one");
  expect(landed, landed.stderr).toMatchObject({ exitCode: 0 });
  expect(answers(project)).toEqual(
    ["land one", "drop two", "land --accept-gate two"].map((words) => `${words}: ${persons}`),
  );
  expect(states(project)).toEqual({ T1: "landed", T2: "ready" });
});

test("a worker that is asked for consent at a terminal of its own: refused (3)", async () => {
  const project = await worker("");
  const { ground, top: cwd, env } = project;
  readyTrack(ground, await loadConfig(ground), "two");
  const consent = async (more: ExactEnv) =>
    await cli(["drop", "two"], { cwd, env: { ...env, ...more }, typed: "n\n" });
  expect((await consent({})).stderr).toContain("you have not consented");
  const grow = await cli(["start", "x", "-p", "Go"], {
    ...{ cwd, env: { ...env, PLEACH_TRACK: "two" }, typed: "y\n" },
  });
  expect(grow).toMatchObject({ exitCode: 3 });
  expect(grow.stderr).toContain("`yes` is for the person in charge to say");
});

test("a worker that goes on with a track that waits for a person: refused (3)", async () => {
  const { ground, top: cwd, env } = await worker("");
  const config = await loadConfig(ground);
  const [one] = [readyTrack(ground, config, "one"), readyTrack(ground, config, "two")];
  const why = { reason: "budget", detail: "its budget is used up" } as const;
  recordTrack(ground, one.name, { type: "track.blocked", ...why });
  for (const verb of ["start", "land"]) {
    const own = { ...env, PLEACH_TRACK: "two" };
    const refused = await cli([verb, "one", ...(verb === "land" ? ["two"] : [])], {
      cwd,
      env: own,
    });
    expect(refused).toMatchObject({ exitCode: 3 });
    expect(refused.stderr).toContain(
      `\`pleach ${verb} for a track that waits for a person\` is for the person in charge to say`,
    );
  }
  expect(findTrack(ground.store, one.name)?.at).toMatchObject({ state: "needs-human", ...why });
});
