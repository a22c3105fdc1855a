import type { Config } from "../ground/config/config.ts";
import type { Ground } from "../ground/ground.ts";
import { formatReached, reached, spendingOf } from "../grow/limits/budget.ts";
import { liftBudgetHold, placeBudgetHold } from "../grow/limits/hold-store.ts";
import type { Spending } from "../worker/worker.ts";
import { usageIn } from "./cost.ts";

/** The budget of one run, held against the use its workers tell of. */
export class RunBudget {
  readonly #ground: Ground;
  readonly #config: Config;
  readonly #startedAt: number;
  #cursor: number;
  #spent: Spending = { tokens: 0, costUsd: 0, ms: 0, turns: 0 };
  #warned = false;
  #over: string | undefined;

  constructor(ground: Ground, config: Config) {
    this.#ground = ground;
    this.#config = config;
    this.#startedAt = ground.clock.now();
    this.#cursor = ground.store.lastSeq();
    liftBudgetHold(ground);
  }

  /** The measure that is used up, in words; undefined while none is. */
  get over(): string | undefined {
    return this.#over;
  }

  /** Reads on in the journal; warns once, and holds every account once the budget is used up. */
  look(): void {
    const { store, clock } = this.#ground;
    const { run: budget, warnAt } = this.#config.budget;
    if (Object.values(budget).every((limit) => limit === undefined)) return;
    for (const event of store.events(this.#cursor)) {
      this.#cursor = event.seq;
      const { tokens, costUsd } = spendingOf(usageIn(event));
      this.#spent = {
        ...this.#spent,
        tokens: this.#spent.tokens + tokens,
        costUsd: this.#spent.costUsd + costUsd,
        turns: this.#spent.turns + (event.type === "worker.prompted" ? 1 : 0),
      };
    }
    const spent = { ...this.#spent, ms: clock.now() - this.#startedAt };
    const near = reached(spent, budget, warnAt);
    if (near !== undefined && !this.#warned) {
      this.#warned = true;
      store.transaction(() =>
        store.append({ type: "run.warned", budget: formatReached(near, "run") }),
      );
    }
    const over = reached(spent, budget, 1);
    if (over === undefined || this.#over !== undefined) return;
    this.#over = formatReached(over, "run");
    placeBudgetHold(this.#ground, this.#over);
  }

  /** Lifts the run's hold, as the run is over: later starts by hand are not bound by its budget. */
  close(): void {
    liftBudgetHold(this.#ground);
  }
}
