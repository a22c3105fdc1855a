import type { Usage } from "../../agents/event.ts";
import type { EpochMs } from "../../ground/clock.ts";
import type { Budget } from "../../ground/config/config.ts";
import { isOver, type Spending, type Worker } from "../../worker/worker.ts";

function addSpending(one: Spending, other: Spending): Spending {
  return {
    tokens: one.tokens + other.tokens,
    costUsd: one.costUsd + other.costUsd,
    ms: one.ms + other.ms,
    turns: one.turns + other.turns,
  };
}

export function spendingOf(usage: Usage | null): Pick<Spending, "tokens" | "costUsd"> {
  return {
    tokens: (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0),
    costUsd: usage?.costUsd ?? 0,
  };
}

/** Sums up a worker's spending and that of its predecessors, since a person last said go on. */
export function spentBy(worker: Worker, now: EpochMs): Spending {
  const until = isOver(worker) ? worker.since : now;
  const ms = Math.max(0, until - worker.startedAt);
  return addSpending(worker.before, { ...spendingOf(worker.usage), ms, turns: worker.turns });
}

/** A measure of a budget that is used up beyond some share of it. */
export interface Reached {
  readonly measure: keyof Budget;
  readonly used: number;
  readonly limit: number;
}

/**
 * Finds the measure that is furthest beyond a share of its budget; undefined when none is. Pure.
 * @param share of the budget, 1 for all of it
 */
export function reached(spent: Spending, budget: Budget, share: number): Reached | undefined {
  const beyond = measures.flatMap((measure): readonly Reached[] => {
    const limit = budget[measure];
    const amount = spent[measure];
    return limit !== undefined && amount >= limit * share ? [{ measure, used: amount, limit }] : [];
  });
  return beyond.toSorted((a, b) => b.used / b.limit - a.used / a.limit)[0];
}

const measures = ["tokens", "costUsd", "ms", "turns"] as const;

const keys: { readonly [Measure in keyof Budget]-?: string } = {
  tokens: "tokens",
  costUsd: "cost",
  ms: "time",
  turns: "turns",
};

/** Formats a reached budget as `2.1M of 2M tokens`, with the key of `pleach.toml` that sets it. */
export function formatReached({ measure, used: amount, limit }: Reached, scope: string): string {
  return `${figure(measure, amount)} of ${figure(measure, limit)} ([budget.${scope}] ${keys[measure]})`;
}

function figure(measure: keyof Budget, amount: number): string {
  switch (measure) {
    case "tokens":
      return `${amount >= 1e6 ? `${Math.round(amount / 1e4) / 100}M` : amount} tokens`;
    case "costUsd":
      return `$${amount.toFixed(2)}`;
    case "ms":
      return `${Math.round(amount / 6_000) / 10} min`;
    case "turns":
      return `${amount} turns`;
  }
}
