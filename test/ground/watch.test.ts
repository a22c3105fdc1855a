import { expect, test } from "vitest";
import { waitForChange } from "../../src/ground/store/watch.ts";
import { gitRepo, groundOf } from "../support/repo.ts";

test("a reader wakes when another process commits, and not before", async () => {
  const folder = gitRepo();
  const reader = await groundOf(folder);
  const writer = await groundOf(folder);
  const since = reader.store.version();
  const startedAt = performance.now();
  await waitForChange(reader.store, reader.clock, { since, limitMs: 300 });
  expect(performance.now() - startedAt).toBeGreaterThan(250);
  const waiting = waitForChange(reader.store, reader.clock, { since, limitMs: 60_000 });
  writer.store.transaction(() => writer.store.append({ type: "run.started" }));
  await waiting;
  expect(reader.store.events()).toHaveLength(1);
  // A change before the wait, but after the look, is not slept over.
  await waitForChange(reader.store, reader.clock, { since, limitMs: 60_000 });
});
