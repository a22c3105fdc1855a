import { expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../../src/ground/config/load.ts";
import { ownIdentity } from "../../../src/ground/proc/identity.ts";
import { ProgressWatch } from "../../../src/grow/signals/progress-watch.ts";
import { SignalLog } from "../../../src/grow/signals/signal-log.ts";
import { needsOf } from "../../../src/verbs/attention.ts";
import { misheardChecks } from "../../../src/verbs/doctor/state-checks.ts";
import { formatAttention } from "../../../src/watch/attention.ts";
import { suspicionOf } from "../../../src/worker/worker.ts";
import { findWorker, recordWorker } from "../../../src/worker/worker-store.ts";
import { testEnv } from "../../support/env.ts";
import { growTrack } from "../../support/growing.ts";
import { gitRepo, groundOf, writeFiles } from "../../support/repo.ts";
import { expectValid } from "../../support/schema.ts";

test("a worker on whose track nothing moves is suspected once, and cleared when a file changes", async () => {
  const ground = await groundOf(gitRepo({ "a.txt": "a\n" }), testEnv());
  const track = growTrack(ground, await loadConfig(ground), "auth");
  const worker = { id: ground.ids.worker(), track: track.name };
  const at = { track: track.name, worker: worker.id };
  const self = await ownIdentity();
  recordWorker(ground, at, {
    ...{ type: "worker.created", worker: worker.id, agent: "a", attempt: 1, starter: self },
    ...{ refusedTip: null, session: null },
  });
  recordWorker(ground, at, { type: "worker.started", agentProcess: self });
  const watch = new ProgressWatch({ ground, track, worker, stallMs: 200 });
  onTestFinished(() => watch.close());
  const suspicion = () => {
    const found = findWorker(ground.store, worker.id);
    return found === undefined ? undefined : suspicionOf(found);
  };
  const patience = { timeout: 20_000 };
  watch.call({ source: "stream", key: "npm test", words: "Bash npm test" });
  await expect.poll(suspicion, patience).toMatchObject({
    kind: "no-progress",
    why: expect.stringContaining("the last call: Bash npm test"),
  });
  const needs = needsOf(ground, { review: "none", isRunning: true });
  expect(needs).toMatchObject([{ kind: "suspected", track: "auth" }]);
  expectValid("attention", { schema: 1, ...formatAttention(needs) });
  expect(misheardChecks(ground)).toEqual([]);
  recordWorker(ground, at, { type: "worker.misheard", count: 2, sample: "hook: NewOne" });
  recordWorker(ground, at, { type: "worker.misheard", count: 3, sample: "stream: {}" });
  expect(misheardChecks(ground)).toMatchObject([
    {
      verdict: "warning",
      detail: "5 of what fixture told was not understood, the last: stream: {}",
    },
  ]);
  writeFiles(track.worktree, { "new.txt": "n\n" });
  await expect.poll(suspicion, patience).toBeUndefined();
  await expect.poll(suspicion, patience).toMatchObject({ kind: "no-progress" });
  // A worker that waits for a person is not suspected of standing still.
  new SignalLog(ground, worker).tell({
    ...{ source: "hook", subAgent: null, says: "blocked", reason: "permission", detail: "rm" },
  });
  expect(suspicion()).toBeUndefined();
  const types = () => ground.store.events().map(({ type }) => type);
  await expect.poll(() => types().filter((type) => type === "worker.cleared").length).toBe(2);
  expect(types().filter((type) => type === "worker.suspected")).toHaveLength(2);
});
