import { expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import { runFrom } from "../../src/land/attempt.ts";
import { type JobParts, QueueJob, Slots } from "../../src/land/queue-job.ts";
import { Pace } from "../../src/land/queue-pace.ts";
import { greenWorld, realQueue } from "./real-queue.ts";

test("what is below has landed while it waited for a worktree: it stands on the target itself", async () => {
  const { ground, config } = await realQueue(greenWorld(["a", "b"]));
  const slots = new Slots(1);
  const rest = { options: {}, onProgress: () => undefined, pace: new Pace() };
  const parts: JobParts = { ground, config, slots, ...rest };
  const alone = { kind: "alone", onto: undefined, below: undefined } as const;
  const below = new QueueJob(parts, { ...alone, id: 1, tracks: [parseTrackName("a")] });
  await below.run();
  if (below.attempt === undefined) throw new Error("it did not begin");
  const slot = await slots.take();
  const what = { ...alone, id: 2, tracks: [parseTrackName("b")], below } as const;
  const above = new QueueJob(parts, what);
  const run = above.run();
  const [report] = await runFrom(below.attempt, below.prepared?.next);
  if (report?.commit === undefined) throw new Error("it did not land");
  above.stand(report.commit);
  slots.give(slot);
  expect(await run).toBe(true);
  expect(above.attempt?.landing.facts).toMatchObject({ onto: report.commit });
  expect(above.attempt?.landing.facts.assumed).toBeUndefined();
});
