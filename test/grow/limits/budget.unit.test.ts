import fc from "fast-check";
import { expect, test } from "vitest";
import type { Budget } from "../../../src/ground/config/config.ts";
import { formatReached, reached } from "../../../src/grow/limits/budget.ts";
import type { Spending } from "../../../src/worker/worker.ts";

const none: Budget = { tokens: undefined, costUsd: undefined, ms: undefined, turns: undefined };
const spent: Spending = { tokens: 2_100_000, costUsd: 1.5, ms: 90 * 60_000, turns: 4 };

test.each([
  [{ tokens: 2_000_000 }, "2.1M tokens of 2M tokens ([budget.worker] tokens)"],
  [{ costUsd: 1.5 }, "$1.50 of $1.50 ([budget.worker] cost)"],
  [{ ms: 3_600_000 }, "90 min of 60 min ([budget.worker] time)"],
  [{ turns: 4, tokens: 2_000_000 }, "2.1M tokens of 2M tokens ([budget.worker] tokens)"],
  [{ turns: 5 }, undefined],
  [{}, undefined],
])("%j", (limits, words) => {
  const over = reached(spent, { ...none, ...limits }, 1);
  expect(over === undefined ? undefined : formatReached(over, "worker")).toBe(words);
});

test("a share of a budget is reached no later than all of it, and never without one", () => {
  const amount = fc.integer({ min: 0, max: 1_000 });
  const limit = fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined });
  const spending = fc.record({ tokens: amount, costUsd: amount, ms: amount, turns: amount });
  const budget = fc.record({ tokens: limit, costUsd: limit, ms: limit, turns: limit });
  fc.assert(
    fc.property(spending, budget, (used, limits) => {
      expect(reached(used, none, 1)).toBeUndefined();
      const over = reached(used, limits, 1);
      if (over === undefined) return;
      expect(over.used).toBeGreaterThanOrEqual(over.limit);
      expect(reached(used, limits, 0.8)).toEqual(over);
    }),
  );
});
