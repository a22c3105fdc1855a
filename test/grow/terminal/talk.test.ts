import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import type { Config } from "../../../src/ground/config/config.ts";
import type { Ground } from "../../../src/ground/ground.ts";
import { findInside } from "../../../src/ground/proc/find.ts";
import { reconcileWorkers } from "../../../src/grow/reconcile.ts";
import { restartTrack } from "../../../src/grow/restart.ts";
import { startTrack } from "../../../src/grow/start.ts";
import { stopTrack } from "../../../src/grow/stop.ts";
import { attachTo } from "../../../src/grow/terminal/attach.ts";
import { answerAsk, awaitVerdict } from "../../../src/talk/answer.ts";
import type { Ask } from "../../../src/talk/ask.ts";
import { openAsks } from "../../../src/talk/ask-store.ts";
import { allMessages } from "../../../src/talk/message-store.ts";
import { tellTrack } from "../../../src/talk/tell.ts";
import type { TrackSeed } from "../../../src/track/track.ts";
import { trackFiles } from "../../../src/track/track-files.ts";
import { requireTrack } from "../../../src/track/track-store.ts";
import { latestWorker } from "../../../src/worker/worker-store.ts";
import { eventsOf } from "../../support/events.ts";
import { growRepo, settled } from "../../support/grow.ts";
import { person } from "../../support/terminal.ts";
import { trackSeed } from "../../support/track.ts";

/*
 * A program in a terminal that calls hooks as Claude Code does: its asks, and the messages to it.
 */

const programs = join(import.meta.dirname, "../../fixtures/terminals");
const toml = ["claude", "codex"]
  .map((name) => `[agents.${name}]\nmode = "terminal"\ncommit = "agent"\ndone_after = "1s"\n`)
  .join("");

interface Stage {
  readonly ground: Ground;
  readonly config: Config;
  readonly seed: TrackSeed;
  /** The prompts its model had, and the answers to its asks. */
  readonly heard: () => readonly string[];
}

async function start(script: string, quiet = "1s", agent = "claude"): Promise<Stage> {
  const { ground: plain, config, top } = await growRepo(toml.replaceAll("1s", quiet));
  const path = `${programs}${delimiter}${plain.env["PATH"]}`;
  const own = { CLAUDE_CONFIG_DIR: join(top, "../claude"), CODEX_HOME: join(top, "../codex") };
  const ground: Ground = { ...plain, env: { ...plain.env, PATH: path, ...own } };
  const prompt = `SCRIPT: ${script} ENDSCRIPT`;
  const seed = trackSeed(ground, "auth", { agent, mode: "terminal", prompt });
  await startTrack(ground, config, seed);
  const heard = (): readonly string[] => {
    const file = join(seed.worktree, "../heard.log");
    const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
    return lines.map((line) => JSON.parse(line) as string);
  };
  return { ground, config, seed, heard };
}

const until = async <Value>(look: () => Value | undefined): Promise<Value> => {
  await expect.poll(() => look() !== undefined, { timeout: 20_000 }).toBe(true);
  const found = look();
  if (found === undefined) throw new Error("it is gone again");
  return found;
};

/** Settles when the program has said that it works on its prompt. */
const begun = async ({ ground }: Stage) =>
  await until(() =>
    eventsOf(ground.store, "worker.signalled").find(
      ({ said }) => said.source === "program" && said.says === "working",
    ),
  );

const asked = async ({ ground }: Stage): Promise<Ask> =>
  await until(() => openAsks(ground.store)[0]);

async function answer({ ground }: Stage, ask: Ask, text: string): Promise<Ask["at"]> {
  answerAsk(ground, ask, { by: "human", text });
  const signal = new AbortController().signal;
  return (await awaitVerdict(ground, ask.id, { limitMs: 20_000, signal })).at;
}

const tell = async ({ ground, seed }: Stage, text: string) =>
  await tellTrack(ground, requireTrack(ground.store, seed.name), {
    ...{ from: { kind: "human" }, text, replyTo: null },
  });

const hooksWaiting = ({ ground, seed }: Stage): readonly string[] =>
  readdirSync(join(trackFiles(ground.repo.stateDir, seed.name).folder, "hooks"));

async function look({ ground, seed }: Stage) {
  const { socket = "" } = latestWorker(ground.store, seed.name) ?? {};
  const someone = await person({ columns: 90, rows: 20 });
  const attached = attachTo(socket, someone.outer, { readOnly: false });
  return { someone, attached };
}

const colour = { question: "Which colour?", options: [{ label: "Red" }, { label: "Blue" }] };
const size = { question: "Which size?", options: [{ label: "Small" }, { label: "Large" }] };
const parts = {
  ...{ question: "Which parts?", multiSelect: true },
  options: [{ label: "API" }, { label: "UI" }, { label: "Docs" }],
};
const question = (...questions: readonly object[]) => `question ${JSON.stringify({ questions })}`;

test("questions of any shape are answered from elsewhere, each by its own words", async () => {
  const here = await start(`${question(colour)}; ${question(colour, parts)}; commit Work`);
  const one = await asked(here);
  expect(one).toMatchObject({
    what: "question",
    detail: "Which colour?",
    options: ["Red", "Blue"],
  });
  expect(await answer(here, one, "2")).toMatchObject({
    ...{ state: "verified", evidence: "its dialog closed" },
  });
  const both = await until(() => openAsks(here.ground.store).find(({ id }) => id > one.id));
  expect(both.questions?.map(({ isMany }) => isMany)).toEqual([false, true]);
  expect(await answer(here, both, "a deep green; 1,3")).toMatchObject({ state: "verified" });
  expect((await settled(here.ground, here.seed.name)).at).toMatchObject({ state: "ready" });
  const answers = here.heard().filter((line) => line.startsWith("answered"));
  expect(answers).toEqual([
    'answered {"Which colour?":"Blue"}',
    'answered {"Which colour?":"a deep green","Which parts?":"API, Docs"}',
  ]);
});

test("an answer that no hook takes is given by keys, screen by screen, and to no other screen", async () => {
  const ask = `choose ${JSON.stringify({ questions: [colour, size] })}`;
  const here = await start(`${ask}; ${ask}; commit Work`, "1s", "codex");
  const one = await asked(here);
  expect(one).toMatchObject({ what: "question", detail: "Which colour?\nWhich size?" });
  expect(await answer(here, one, "blue; none of these")).toMatchObject({ state: "verified" });
  const other = await until(() => openAsks(here.ground.store).find(({ id }) => id > one.id));
  const { someone } = await look(here);
  await someone.shows("Question 1/2");
  // A person has begun to answer: keys for the first screen are not for theirs.
  someone.type("1");
  await someone.shows("Question 2/2");
  expect(await answer(here, other, "2; 2")).toEqual({
    ...{ state: "open", why: "its dialog shows something else" },
  });
  someone.type("2");
  expect((await settled(here.ground, here.seed.name)).at).toMatchObject({ state: "ready" });
  const answers = here.heard().filter((line) => line.startsWith("answered"));
  expect(answers).toEqual(["answered Blue | (none: none of these)", "answered Red | Large"]);
});

test("a no is told with its reason, the turn goes on, and its end is a person's to judge", async () => {
  const here = await start("ask Bash: npm publish; commit Work");
  const at = await answer(here, await asked(here), "deny use the test registry");
  expect(at).toMatchObject({ state: "verified" });
  expect((await settled(here.ground, here.seed.name)).at).toMatchObject({
    ...{ state: "needs-human", reason: "denied" },
    detail: expect.stringContaining("(Bash: npm publish)"),
  });
  expect(here.heard()).toContain("answered A person said no: use the test registry");
});

test("an ask answered at its terminal is over, no hook waits for it, and the next ask is another", async () => {
  const here = await start("ask Bash: make; ask Bash: make more; commit Work");
  const first = await asked(here);
  expect(hooksWaiting(here)).toHaveLength(1);
  const { someone, attached } = await look(here);
  await someone.shows("y/n");
  someone.type("y");
  const second = await until(() => openAsks(here.ground.store).find(({ id }) => id > first.id));
  expect(second.detail).toBe("make more");
  await expect.poll(() => openAsks(here.ground.store).map(({ id }) => id)).toEqual([second.id]);
  await expect.poll(() => hooksWaiting(here).length, { timeout: 20_000 }).toBe(1);
  expect(await answer(here, second, "allow")).toMatchObject({ state: "verified" });
  await settled(here.ground, here.seed.name);
  expect(await attached).toEqual({ kind: "ended" });
  const answers = here.heard().filter((line) => line.startsWith("answered"));
  expect(answers).toEqual(["answered yes", 'answered "allow"']);
  expect(hooksWaiting(here)).toEqual([]);
});

test("a message is handed over by the next hook of a running turn, under a dialog and a draft, and typed at rest", async () => {
  const here = await start("tool ../one; ask Bash: make; tool ../two; commit Work", "4s");
  const open = (door: string) => writeFileSync(join(here.seed.worktree, "..", door), "");
  const fates = () => allMessages(here.ground.store).map(({ state, road }) => `${state} ${road}`);
  await begun(here);
  await tell(here, "during a tool");
  const waits = () => allMessages(here.ground.store)[0]?.evidence;
  await expect.poll(waits, { timeout: 20_000 }).toBe("it works: its next hook hands it over");
  open("one");
  const ask = await asked(here);
  await tell(here, "under a dialog");
  const { someone } = await look(here);
  await someone.shows("y/n");
  expect(await answer(here, ask, "allow")).toMatchObject({ state: "verified" });
  someone.type("half a draft");
  await someone.shows("❯ half a draft");
  open("two");
  await expect.poll(fates, { timeout: 20_000 }).toEqual(["delivered hook", "delivered hook"]);
  const told = here.heard().filter((line) => line.startsWith("told"));
  expect(told.map((line) => /during a tool|under a dialog/.exec(line)?.[0])).toEqual([
    ...["during a tool", "under a dialog"],
  ]);
  const state = () => latestWorker(here.ground.store, here.seed.name)?.at.state;
  await expect.poll(state, { timeout: 20_000 }).toBe("idle");
  await tell(here, "to a draft");
  const draft = () => allMessages(here.ground.store)[2]?.evidence;
  await expect.poll(draft).toBe("held: somebody's draft stands in its composer");
  someone.type("\x03");
  const third = () => JSON.stringify(allMessages(here.ground.store)[2]);
  await expect.poll(third, { timeout: 20_000 }).toMatch(/"delivered".*"road":"terminal"/);
  await settled(here.ground, here.seed.name);
  const prompts = here.heard().filter((line) => line.startsWith("prompt"));
  expect(prompts.filter((line) => /Message 3 .*to a draft/s.test(line))).toHaveLength(1);
  expect(here.heard().join().split("to a draft")).toHaveLength(2);
});

test("at the end of a turn without a tool a message is handed over, and the turn goes on", async () => {
  const here = await start("until ../door; commit Work");
  await begun(here);
  await tell(here, "before the end");
  const waits = () => allMessages(here.ground.store)[0]?.evidence;
  await expect.poll(waits, { timeout: 20_000 }).toBe("it works: its next hook hands it over");
  writeFileSync(join(here.seed.worktree, "../door"), "");
  await expect
    .poll(() => allMessages(here.ground.store)[0], { timeout: 20_000 })
    .toMatchObject({ state: "delivered", road: "hook" });
  expect(here.heard().filter((line) => line.includes("before the end"))).toHaveLength(1);
  expect((await settled(here.ground, here.seed.name)).at).toMatchObject({ state: "ready" });
});

test.each([
  ["before it came before the model", "KILL-BEFORE", "prompt"],
  ["after it came before the model, and before that was told", "KILL-AFTER", "hook"],
])("a message arrives once, killed with its supervisor %s", async (_, text, road) => {
  const here = await start("tool ../one; commit Work");
  const { ground, config, seed } = here;
  await begun(here);
  await tell(here, text);
  const waits = () => allMessages(ground.store)[0]?.evidence;
  await expect.poll(waits, { timeout: 20_000 }).toBe("it works: its next hook hands it over");
  writeFileSync(join(seed.worktree, "../one"), "");
  const fate = async () => (await reconcileWorkers(ground, config))[0]?.fate;
  await expect.poll(fate, { timeout: 30_000 }).toBe("lost");
  await restartTrack(ground, config, seed.name);
  await expect
    .poll(() => allMessages(ground.store)[0], { timeout: 30_000 })
    .toMatchObject({ state: "delivered", road });
  await settled(ground, seed.name);
  const heard = here.heard().filter((line) => line.includes("Message 1 from"));
  expect(heard.map((line) => line.split(" ")[0])).toEqual([road === "hook" ? "told" : "first"]);
});

test("a hook that waits beside a dialog does not outlive its worker, stopped or lost", async () => {
  const stopped = await start("ask Bash: make");
  await asked(stopped);
  expect(hooksWaiting(stopped)).toHaveLength(1);
  expect(await stopTrack(stopped.ground, stopped.seed.name)).toEqual({ kind: "gone" });
  const lost = await start("ask Bash: make");
  await asked(lost);
  const { supervisor } = latestWorker(lost.ground.store, lost.seed.name) ?? {};
  process.kill(supervisor?.pid ?? 0, "SIGKILL");
  const fate = async () => (await reconcileWorkers(lost.ground, lost.config))[0]?.fate;
  await expect.poll(fate, { timeout: 30_000 }).toBe("lost");
  for (const { seed } of [stopped, lost]) {
    expect(await findInside(seed.worktree)).toEqual({ kind: "known", processes: [] });
  }
  expect(openAsks(lost.ground.store)).toEqual([]);
});
