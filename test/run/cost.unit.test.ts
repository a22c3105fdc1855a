import { expect, test } from "vitest";
import type { JournalEvent } from "../../src/ground/journal/event.ts";
import { costOf } from "../../src/run/cost.ts";

const span = { from: 0, until: 1_000 };

const used = (worker: string, input: number, cost: number | null, total: number | null = cost) =>
  ({
    ...{ seq: 1, at: 1, type: "worker.usage", worker, inputTokens: input, outputTokens: 1 },
    ...{ costUsd: cost, session: { inputTokens: input, outputTokens: 1, costUsd: total } },
  }) as unknown as JournalEvent;

const usageOf = (...events: readonly JournalEvent[]) => costOf(events, span).usage;

test("a cost told after the tokens counts, and a cost never told makes the sum unknown", () => {
  expect(usageOf()).toBeNull();
  const late = [used("w_1", 100, null), used("w_1", 50, null)];
  expect(usageOf(...late)).toEqual({ inputTokens: 150, outputTokens: 2, costUsd: null });
  const told = [...late, used("w_1", 0, 0.5)];
  expect(usageOf(...told)).toEqual({ inputTokens: 150, outputTokens: 3, costUsd: 0.5 });
  expect(usageOf(...told, used("w_2", 10, 0.25))).toMatchObject({ costUsd: 0.75 });
  expect(usageOf(...told, used("w_3", 10, null))).toMatchObject({ costUsd: null });
  // Tokens without a price in a session that has one are in its total already.
  expect(usageOf(...told, used("w_1", 10, null, 0.5))).toMatchObject({ costUsd: 0.5 });
});
