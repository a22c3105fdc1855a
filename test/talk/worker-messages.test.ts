import { expect, test } from "vitest";
import type { Ground } from "../../src/ground/ground.ts";
import { reconcileWorkers } from "../../src/grow/reconcile.ts";
import { restartTrack } from "../../src/grow/restart.ts";
import { allMessages } from "../../src/talk/message-store.ts";
import { awaitDelivery, tellTrack } from "../../src/talk/tell.ts";
import type { TrackSeed } from "../../src/track/track.ts";
import { requireTrack } from "../../src/track/track-store.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { cli } from "../support/cli.ts";
import { settled } from "../support/grow.ts";
import { program } from "../support/program.ts";
import { expectValid } from "../support/schema.ts";
import { openDoor, saidTo, startSpoken, turnBegun } from "../support/spoken.ts";

const tell = async (ground: Ground, seed: TrackSeed, text: string) =>
  await tellTrack(ground, requireTrack(ground.store, seed.name), {
    from: { kind: "human" },
    text,
    replyTo: null,
  });

/** Counts how often a text came before the model. */
const count = (seed: TrackSeed, text: string): number =>
  saidTo(seed).join("\n").split(text).length - 1;

/** Sends four messages of each of five senders, and returns their fate. */
async function tellTwenty({ ground, seed, env, top }: Awaited<ReturnType<typeof startSpoken>>) {
  const senders = ["a", "b", "c", "d", "e"].map(async (sender) => {
    for (const number of [1, 2, 3, 4]) {
      const sent = await program(top, env, ["tell", seed.name, `<${sender}${number}>`]);
      expect(sent, sent.stderr).toMatchObject({ exitCode: 0 });
    }
  });
  await Promise.all(senders);
  const ids = allMessages(ground.store, seed.name).map(({ id }) => id);
  expect(ids).toHaveLength(20);
  const told = await awaitDelivery(ground, ids, {
    limitMs: 30_000,
    signal: new AbortController().signal,
  });
  expect(new Set(told.map(({ state }) => state))).toEqual(new Set(["delivered"]));
  for (const { text } of told) expect(count(seed, text), text).toBe(1);
  return { ids, told };
}

const agents = ["claude", "codex"];

test.each(agents)(
  "twenty messages of five senders reach %s while it works, once each, in its single process",
  async (agent) => {
    const spoken = await startSpoken("mail", agent);
    const { ground, seed, env } = spoken;
    await turnBegun(seed);
    const { ids } = await tellTwenty(spoken);
    const order = saidTo(seed)
      .join("\n")
      .match(/Message (\d+) from/g);
    expect(order).toEqual(ids.map((id) => `Message ${id} from`));
    openDoor(seed);
    expect((await settled(ground, seed.name)).at.state).toBe("ready");
    const read = (await cli(["inbox", "--json"], { cwd: seed.worktree, env })).stdout;
    expectValid("inbox", JSON.parse(read));
    expect(allMessages(ground.store, "mail").every(({ state }) => state === "acknowledged")).toBe(
      true,
    );
  },
);

test.each(
  agents.flatMap((agent) => [
    [agent, "before it came before the model", "KILL-BEFORE"],
    [agent, "after it came before the model, and before that was told", "KILL-AFTER"],
  ]),
)("a message arrives once when the supervisor of %s is killed %s", async (agent, _, text) => {
  const { ground, config, seed } = await startSpoken("mail", agent);
  await turnBegun(seed);
  const { id } = await tell(ground, seed, text);
  const fate = async () => (await reconcileWorkers(ground, config))[0]?.fate;
  await expect.poll(fate, { timeout: 30_000 }).toBe("lost");
  await restartTrack(ground, config, seed.name);
  openDoor(seed);
  expect((await settled(ground, seed.name)).at.state).toBe("ready");
  expect(count(seed, text)).toBe(1);
  expect(allMessages(ground.store).find((one) => one.id === id)?.state).toBe("delivered");
});

test("a message to a worker that is gone waits, and stands in the next prompt", async () => {
  const { ground, config, seed, top, env } = await startSpoken("mail");
  await turnBegun(seed);
  process.kill(latestWorker(ground.store, seed.name)?.supervisor?.pid ?? 0, "SIGKILL");
  const fate = async () => (await reconcileWorkers(ground, config))[0]?.fate;
  await expect.poll(fate, { timeout: 30_000 }).toBe("lost");
  await tell(ground, seed, "<for the next>");
  // No agent is there to take the message: the command does not wait for one.
  const waited = await program(top, env, ["tell", "mail", "--wait", "<and this>"]);
  expect(waited).toMatchObject({ exitCode: 1, stdout: "message 2 to mail: stored\n" });
  await restartTrack(ground, config, seed.name);
  openDoor(seed);
  expect((await settled(ground, seed.name)).at.state).toBe("ready");
  expect(count(seed, "<for the next>")).toBe(1);
  const delivered = { state: "delivered", road: "prompt" };
  expect(allMessages(ground.store)).toMatchObject([delivered, delivered]);
});

test("an agent that hears nothing while it works gets a turn of its own for a message", async () => {
  const { ground, seed } = await startSpoken("mail", "gemini");
  await turnBegun(seed);
  const track = requireTrack(ground.store, seed.name);
  const notice = { from: { kind: "radar" }, replyTo: null, isNotice: true } as const;
  await tellTrack(ground, track, { ...notice, text: "<worth knowing>" });
  await tell(ground, seed, "<do this, too>");
  openDoor(seed);
  expect((await settled(ground, seed.name)).at.state).toBe("ready");
  const [first, second = "", ...more] = saidTo(seed);
  expect(first).toContain("task-mail");
  expect(second).toMatch(
    /^# Messages for you\n\nMessage 1 from Pleach's radar:\n\n<worth knowing>/,
  );
  expect(second).toContain("Message 2 from the person in charge:\n\n<do this, too>");
  expect(more).toEqual([]);
  expect(allMessages(ground.store).map(({ state, road }) => [state, road])).toEqual([
    ["delivered", "prompt"],
    ["delivered", "prompt"],
  ]);
});
