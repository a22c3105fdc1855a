import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import { attachTo } from "../../src/grow/terminal/attach.ts";
import { openAsks } from "../../src/talk/ask-store.ts";
import { allMessages } from "../../src/talk/message-store.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { settled } from "../support/grow.ts";
import { person } from "../support/terminal.ts";
import { type Program, programs, whyNot } from "./programs.ts";
import { type Stage, stage } from "./stage.ts";
import { trust } from "./trust.ts";

/* The asks of the real programs in a terminal of ours, and the messages they get there. */

const name = parseTrackName("alpha");
const write = "write src/alpha.ts <<export const alpha = 1>>";

for (const program of programs.filter((one) => one.name === "claude" || one.name === "codex")) {
  const reason = whyNot(program);
  const title = reason === undefined ? program.name : `${program.name}: skipped, ${reason}`;
  describe.skipIf(reason !== undefined)(title, { timeout: 180_000 }, () => suite(program));
}

const worker = (here: Stage) => latestWorker(here.ground.store, name);

/** Waits until its turn has ended, and its work is not examined yet. */
const atRest = async (here: Stage): Promise<void> => {
  const rest = { state: "idle", reason: "turn-ended" };
  await expect.poll(() => worker(here)?.at, { timeout: 60_000 }).toMatchObject(rest);
};

/**
 * Returns the texts of the last request of the conversation: all that has come before the model.
 */
function before(here: Stage): readonly string[] {
  const requests = here
    .requests()
    .trimEnd()
    .split("\n")
    .filter((line) => line.includes("SCRIPT:"));
  return textsIn(JSON.parse(requests.at(-1) ?? "null")?.body ?? null);
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

const countOf = (here: Stage, text: string): number =>
  before(here).join("\n").split(text).length - 1;

async function attach(here: Stage) {
  const someone = await person({ columns: 100, rows: 30 });
  const attached = attachTo(worker(here)?.socket ?? "", someone.outer, { readOnly: false });
  return { someone, attached };
}

function suite(program: Program): void {
  const isClaude = program.name === "claude";
  const commit = isClaude ? ["run <<git add -A && git commit -m 'Alpha'>>"] : [];

  const start = async (quiet: string, ...steps: readonly string[]): Promise<Stage> => {
    const tasks = `- [ ] Add alpha  id:alpha touches:src/alpha.ts\n  SCRIPT: ${steps.join("; ")} ENDSCRIPT\n`;
    const toml = `[land]\ngate = "git log -1"\n[agents.${program.name}]\nmode = "terminal"\npermissions = "ask"\ndone_after = "${quiet}"\n`;
    const here = await stage(program, tasks, toml);
    trust(here);
    const started = await here.pleach(
      ...["start", "alpha", "--task", "alpha", "--yes", "--host", "headless"],
    );
    expect(started, started.stderr).toMatchObject({ exitCode: 0 });
    return here;
  };

  const asked = async (here: Stage) => {
    await expect.poll(() => openAsks(here.ground.store).length, { timeout: 60_000 }).toBe(1);
    const [ask] = openAsks(here.ground.store);
    if (ask === undefined) throw new Error("nothing is asked");
    return ask;
  };

  const answer = async (here: Stage, ...words: readonly string[]) => {
    const { id } = await asked(here);
    return await here.pleach("answer", "alpha", ...words, "--ask", String(id));
  };

  const twenty = ["a", "b", "c", "d", "e"].flatMap((sender) =>
    [1, 2, 3, 4].map((number) => ({ sender, text: messageOf(`${sender}${number}`) })),
  );

  /**
   * Sends four messages of each of five senders at once, each of which comes before the model once,
   * whole.
   */
  const tellTwenty = async (here: Stage): Promise<void> => {
    const senders = ["a", "b", "c", "d", "e"].map(async (sender) => {
      for (const { text } of twenty.filter((one) => one.sender === sender)) {
        const told = await here.pleach("tell", "alpha", text);
        expect(told, told.stderr).toMatchObject({ exitCode: 0 });
      }
    });
    await Promise.all(senders);
  };

  const expectTwenty = async (here: Stage): Promise<void> => {
    const states = () => allMessages(here.ground.store).map(({ state }) => state);
    await expect
      .poll(states, { timeout: 120_000, interval: 500 })
      .toEqual(twenty.map(() => "delivered"));
    const counts = twenty.map(({ text }) => [text, countOf(here, text)]);
    expect(counts).toEqual(twenty.map(({ text }) => [text, 1]));
  };

  test("twenty messages of five senders arrive in a running turn: none lost, none doubled, none mixed", async () => {
    const wait = "run <<until test -e .pleach/door; do sleep 0.1; done>>";
    const here = await start("3s", write, wait, "run <<ls>>", ...commit, "say <<done>>");
    const { worktree } = await here.track("alpha");
    await expect
      .poll(() => existsSync(join(worktree, "src/alpha.ts")), { timeout: 60_000 })
      .toBe(true);
    await tellTwenty(here);
    writeFileSync(join(worktree, ".pleach/door"), "");
    await expectTwenty(here);
    const roads = allMessages(here.ground.store).map(({ road }) => road);
    expect(new Set(roads)).toEqual(new Set(["hook"]));
    await settled(here.ground, name);
    expect(await here.track("alpha")).toMatchObject({ state: "ready" });
  });

  test("twenty messages of five senders arrive while the worker rests: none lost, none doubled, none mixed", async () => {
    const here = await start("20s", write, ...commit, "say <<done>>");
    await atRest(here);
    await tellTwenty(here);
    await expectTwenty(here);
    const roads = allMessages(here.ground.store).map(({ road }) => road);
    expect(roads[0]).toBe("terminal");
  });

  test.runIf(isClaude)(
    "its questions are answered by an option, by several, and in words, and the work lands",
    async () => {
      const colour = questionOf("Which colour?", ["Red", "Blue"]);
      const size = questionOf("Which size?", ["Small", "Large"]);
      const parts = questionOf("Which parts?", ["API", "UI", "Docs"], true);
      const ask = (...questions: readonly object[]) =>
        `tool AskUserQuestion ${JSON.stringify({ questions })}`;
      const here = await start(
        "3s",
        ...[ask(colour), ask(colour, size), ask(parts), ask(colour), write, ...commit, "say <<x>>"],
      );
      const queue = await attentionOf(here);
      expect(queue).toMatch(
        /alpha {2}question, for .*\n {2}Which colour\?\n {4}1 {2}Red\n {4}2 {2}Blue\n/,
      );
      const said = async (...words: readonly string[]) => (await answer(here, ...words)).stdout;
      expect(await said("blue")).toMatch(/\(Which colour\?\): Blue; its dialog closed/);
      expect(await attentionOf(here)).toContain("Which size?\n    1  Small\n    2  Large");
      const tooFew = await answer(here, "2");
      expect([tooFew.exitCode, tooFew.stderr]).toEqual([2, expect.stringContaining("hint: ")]);
      expect(await said("1; an odd one")).toContain("Red; an odd one; its dialog closed");
      expect(await said("1,3")).toContain("API, Docs; its dialog closed");
      expect(await said("neither:", "ask me", "again")).toContain("its dialog closed");
      await settled(here.ground, name);
      expect(await here.track("alpha")).toMatchObject({ state: "ready" });
      const words = before(here).join("\n");
      for (const one of [
        '"Which colour?"="Blue"',
        '"Which size?"="an odd one"',
        '"Which parts?"="API, Docs"',
        '"Which colour?"="neither: ask me again"',
      ]) {
        expect(words).toContain(one);
      }
    },
  );

  test.runIf(!isClaude)(
    "its questions are answered by an option, and in words, screen by screen",
    async () => {
      const colour = { ...questionOf("Which colour?", ["Red", "Blue"]), id: "colour" };
      const size = { ...questionOf("Which size?", ["Small", "Large"]), id: "size" };
      const ask = (...questions: readonly object[]) =>
        `tool request_user_input ${JSON.stringify({ questions })}`;
      const here = await start(
        "3s",
        ...[ask(colour), ask(colour, size), ask(size), write, "say <<x>>"],
      );
      const said = async (...words: readonly string[]) => (await answer(here, ...words)).stdout;
      expect(await attentionOf(here)).toContain("Which colour?\n    1  Red\n    2  Blue");
      expect(await said("blue")).toMatch(/\(Which colour\?\): Blue; its dialog closed/);
      expect(await attentionOf(here)).toContain("Which size?\n    1  Small\n    2  Large");
      expect(await said("a deep green; 2")).toContain("a deep green; Large; its dialog closed");
      expect(await said("deny")).toContain("denied; its dialog closed");
      await settled(here.ground, name);
      expect(await here.track("alpha")).toMatchObject({ state: "ready" });
      const words = before(here).join("\n");
      for (const one of [
        '{"answers":{"colour":{"answers":["Blue"]}}}',
        // The answers come in no fixed order.
        '"colour":{"answers":["None of the above","user_note: a deep green"]}',
        '"size":{"answers":["Large"]}',
        '"size":{"answers":["None of the above","user_note: No answer will come',
      ]) {
        expect(words).toContain(one);
      }
    },
  );

  test("a denied permission reaches the agent with its reason, and the agent goes on", async () => {
    const here = await start(
      "3s",
      write,
      ...commit,
      permission(isClaude),
      "say <<a>>",
      "say <<b>>",
    );
    const denied = await answer(here, "deny", "use the test key instead");
    expect([denied.exitCode, denied.stderr]).toEqual([0, ""]);
    const how = isClaude ? "its dialog closed" : "its dialog closed, and it has your words";
    expect(denied.stdout).toContain(`denied; ${how}`);
    await settled(here.ground, name);
    expect(countOf(here, "A person said no: use the test key instead")).toBe(1);
    // A denied step may be the step that matters.
    expect(await here.track("alpha")).toMatchObject({ state: "needs-human", reason: "denied" });
  });

  test.runIf(isClaude)(
    "a question answered at its terminal is asked no more, and an answer comes too late for it",
    async () => {
      const ask = `tool AskUserQuestion ${JSON.stringify({ questions: [questionOf("Which?", ["Red", "Blue"])] })}`;
      const here = await start("3s", ask, write, ...commit, "say <<x>>");
      const { id } = await asked(here);
      const { someone, attached } = await attach(here);
      await someone.shows("Which?");
      someone.type("2");
      await atRest(here);
      const late = await here.pleach("answer", "alpha", "1", "--ask", String(id));
      expect(late.exitCode).toBe(1);
      await settled(here.ground, name);
      expect(await attached).toEqual({ kind: "ended" });
      expect(before(here).join("\n")).toContain('"Which?"="Blue"');
    },
  );

  test("a draft holds messages back, and the person is told; Claude's draft is put aside and comes back", async () => {
    const here = await start("60s", write, ...commit, "say <<done>>", "say <<heard>>");
    await atRest(here);
    const { someone } = await attach(here);
    await someone.shows(isClaude ? "❯" : "›");
    someone.type("half a thought");
    await someone.shows("half a thought");
    await here.pleach("tell", "alpha", "Mind the gap");
    const message = () => allMessages(here.ground.store)[0];
    const held = "held: somebody's draft stands in its composer";
    await expect.poll(message).toMatchObject({ state: "given", evidence: held });
    const inbox = await here.pleach("inbox", "alpha");
    expect(inbox.stdout).toContain(`stored (${held})`);
    const why = await here.pleach("status", "alpha", "--why");
    expect(why.stdout).toContain(`message 1 is stored (${held}): Mind the gap`);
    if (isClaude) {
      await expect
        .poll(message, { timeout: 60_000 })
        .toMatchObject({ state: "delivered", road: "terminal" });
      await atRest(here);
      await someone.shows("half a thought");
      expect(countOf(here, "half a thought")).toBe(0);
    } else {
      // A person sends the draft: that prompt's hook takes the message along.
      someone.type("\r");
      await expect
        .poll(message, { timeout: 60_000 })
        .toMatchObject({ state: "delivered", road: "hook" });
      expect(countOf(here, "half a thought")).toBe(1);
    }
    expect(countOf(here, "Mind the gap")).toBe(1);
  });
}

const permission = (isClaude: boolean): string =>
  isClaude
    ? "run <<curl http://127.0.0.1:1/>>"
    : 'tool exec_command {"cmd":"ls /","sandbox_permissions":"require_escalated","justification":"look"}';

const questionOf = (question: string, labels: readonly string[], multiSelect = false) => ({
  ...{ question, header: "Pick", multiSelect },
  options: labels.map((label) => ({ label, description: label })),
});

/** Returns the queue of the person, once the worker waits. */
async function attentionOf(here: Stage): Promise<string> {
  await expect.poll(() => openAsks(here.ground.store).length, { timeout: 60_000 }).toBe(1);
  return (await here.pleach("attention")).stdout;
}

/** Returns a message of several lines, so that a message in the middle of another would show. */
const messageOf = (id: string): string =>
  [1, 2, 3].map((line) => `[${id}] line ${line} of its message`).join("\n");
