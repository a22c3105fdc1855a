import { expect, test } from "vitest";
import type { Ground } from "../../../src/ground/ground.ts";
import { parseTrackName } from "../../../src/ground/ids.ts";
import { ownIdentity } from "../../../src/ground/proc/identity.ts";
import { SignalLog } from "../../../src/grow/signals/signal-log.ts";
import type { SignalContent } from "../../../src/worker/signal.ts";
import { findWorker, recordWorker } from "../../../src/worker/worker-store.ts";
import { gitRepo, groundOf } from "../../support/repo.ts";

const working = (detail: string): SignalContent => ({
  source: "hook",
  subAgent: null,
  says: "working",
  detail,
});

async function stage(now: { at: number }) {
  const plain = await groundOf(gitRepo({ "a.txt": "a\n" }));
  const ground: Ground = { ...plain, clock: { ...plain.clock, now: () => now.at } };
  const at = { track: parseTrackName("auth"), worker: ground.ids.worker() };
  const self = await ownIdentity();
  recordWorker(ground, at, {
    ...{ type: "worker.created", worker: at.worker, agent: "a", attempt: 1, starter: self },
    ...{ refusedTip: null, session: null },
  });
  recordWorker(ground, at, { type: "worker.started", agentProcess: self });
  const worker = { id: at.worker, track: at.track };
  return {
    ground,
    worker,
    log: new SignalLog(ground, worker),
    find: () => findWorker(ground.store, at.worker),
  };
}

test("a source that repeats itself is no event, but is recorded anew now and then", async () => {
  const now = { at: 1_000 };
  const { ground, log, find } = await stage(now);
  const before = ground.store.lastSeq();
  for (let call = 0; call < 1_000; call += 1) log.tell(working(`call ${call}`));
  expect(ground.store.lastSeq()).toBe(before + 1);
  expect(find()).toMatchObject({ at: { state: "working" }, source: "hook" });
  now.at += 60_000;
  log.tell(working("an hour later"));
  expect(ground.store.lastSeq()).toBe(before + 1);
  expect(find()?.signals.at(-1)).toMatchObject({
    at: 61_000,
    since: 1_000,
    detail: "an hour later",
  });
  now.at += 200;
  log.tell(working("soon after"));
  log.tell(working(""));
  expect(find()?.signals.at(-1)).toMatchObject({ detail: "soon after" });
  log.tell({ source: "hook", subAgent: null, says: "interrupted" });
  expect(ground.store.events(before + 1)).toMatchObject([
    { type: "worker.signalled", said: { says: "interrupted" }, state: "idle", before: "working" },
  ]);
});

test("signals of one moment keep their order, and the end of the process is the last", async () => {
  const now = { at: 1_000 };
  const { ground, worker, log, find } = await stage(now);
  const over: SignalContent = { source: "stream", subAgent: null, says: "turn-ended", detail: "" };
  for (const said of [over, { ...over, says: "working" as const }, over]) log.tell(said);
  expect(find()?.at.state).toBe("done");
  log.tell({ ...over, says: "working" });
  expect(find()?.at.state).toBe("working");
  const at = { track: worker.track, worker: worker.id };
  recordWorker(ground, at, { type: "worker.ended", code: 0 });
  log.tell(over);
  expect(find()?.at).toEqual({ state: "exited", code: 0 });
});
