import { expect, test } from "vitest";
import { claudeSpeaker } from "../../../src/agents/claude/stream-protocol.ts";
import { codexSpeaker } from "../../../src/agents/codex/stream-protocol.ts";
import type { StreamProtocol } from "../../../src/agents/conversation.ts";
import type { Clock } from "../../../src/ground/clock.ts";
import { StreamRoad } from "../../../src/grow/delivery/stream-road.ts";

/**
 * Makes a road whose lines are kept, a program that says the test's words, and a clock on demand.
 */
function spoken(speaker: StreamProtocol = claudeSpeaker()) {
  const lines: string[] = [];
  const program = Promise.withResolvers<void>();
  const sleepers = new Set<() => void>();
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: async (_, signal) => {
      const woken = Promise.withResolvers<void>();
      sleepers.add(woken.resolve);
      signal?.addEventListener("abort", () => woken.resolve(), { once: true });
      await woken.promise;
      sleepers.delete(woken.resolve);
    },
  };
  const line = {
    write: (text: string) => void lines.push(text),
    end: () => program.resolve(),
    ended: program.promise,
  };
  const road = new StreamRoad(speaker, line, clock);
  const tell = (event: object) => road.hear(JSON.stringify(event));
  const settle = async () => await new Promise((resolve) => setImmediate(resolve));
  return {
    ...{ road, lines, settle, tell },
    die: () => program.resolve(),
    heard: (id: string, state: string) =>
      tell({ type: "command_lifecycle", command_uuid: id, state }),
    ended: () => tell({ type: "result", subtype: "success", is_error: false }),
    wait: async () => {
      for (const wake of [...sleepers]) wake();
      await settle();
    },
  };
}

const begun = () => {
  const here = spoken();
  const { over } = here.road.begin({ id: "first", text: "Do it" });
  let isOver = false;
  void over.then(() => {
    isOver = true;
  });
  here.heard("first", "started");
  return { ...here, isOver: () => isOver };
};

test("a message on its way when a turn ends keeps the road open until it has had its own turn", async () => {
  const here = begun();
  const said = here.road.say({ id: "late", text: "One more" });
  here.heard("late", "queued");
  here.ended();
  await here.settle();
  expect(here.isOver()).toBe(false);
  here.heard("late", "started");
  expect(await said).toMatchObject({ kind: "taken" });
  await here.settle();
  expect(here.isOver()).toBe(false);
  here.ended();
  await here.settle();
  expect(here.isOver()).toBe(true);
  expect(await here.road.say({ id: "x", text: "x" })).toMatchObject({ kind: "held" });
});

test("a message without a sign of arrival is said once more, under the same id, then it is stuck", async () => {
  const here = begun();
  const said = here.road.say({ id: "lost", text: "Hello" });
  expect(here.lines.filter((line) => line.includes('"lost"'))).toHaveLength(1);
  await here.wait();
  expect(here.lines.filter((line) => line.includes('"lost"'))).toHaveLength(2);
  await here.wait();
  expect(await said).toMatchObject({ kind: "stuck" });
});

test("a message in the program's queue is not said again", async () => {
  const here = begun();
  const said = here.road.say({ id: "queued", text: "Hello" });
  here.heard("queued", "queued");
  await here.wait();
  await here.wait();
  expect(here.lines.filter((line) => line.includes('"queued"'))).toHaveLength(1);
  here.die();
  expect(await said).toMatchObject({ kind: "unknown" });
});

test("several messages at once arrive whole and in order, and a message told twice is heard once", async () => {
  const here = begun();
  const texts = Array.from({ length: 20 }, (_, index) => ({
    id: `m${index}`,
    text: `<${index}>\n`,
  }));
  const all = texts.map((one) => here.road.say(one));
  expect(here.lines.slice(1).map((line) => JSON.parse(line).uuid)).toEqual(
    texts.map(({ id }) => id),
  );
  for (const { id } of texts) {
    here.heard(id, "started");
    here.heard(id, "completed");
  }
  expect(new Set((await Promise.all(all)).map(({ kind }) => kind))).toEqual(new Set(["taken"]));
});

test("a message that the program drops with its turn is held for the next, and that turn is over", async () => {
  const here = spoken(codexSpeaker({ resumes: undefined, worktree: "/w", settings: {} }));
  const { said, over } = here.road.begin({ id: "first", text: "Do it" });
  here.tell({ id: 1, result: { userAgent: "x/1" } });
  here.tell({ id: 2, result: { thread: { id: "t" } } });
  here.tell({ id: 3, result: { turn: { id: "t1" } } });
  here.tell({ method: "turn/started", params: { turn: { id: "t1", status: "inProgress" } } });
  const late = here.road.say({ id: "late", text: "One more" });
  here.tell({ id: 4, result: { turn: { id: "t1" } } });
  // The turn's begin does not show that the program has read the message that began it.
  here.tell({ method: "turn/completed", params: { turn: { id: "t1", status: "interrupted" } } });
  expect(await Promise.all([said, late])).toMatchObject([{ kind: "held" }, { kind: "held" }]);
  await over;
});
