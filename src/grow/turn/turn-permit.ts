import type { Config } from "../../ground/config/config.ts";
import type { Ground } from "../../ground/ground.ts";
import type { AccountId, WorkerId } from "../../ground/ids.ts";
import { behindNow } from "../../track/behind-store.ts";
import type { Worker } from "../../worker/worker.ts";
import { findWorker, recordWorker } from "../../worker/worker-store.ts";
import type { FinalDecision } from "../done/settle.ts";
import { formatReached, reached, spentBy } from "../limits/budget.ts";
import { formatHold } from "../limits/hold.ts";
import { refusingHold } from "../limits/hold-store.ts";

type PermitGround = Pick<Ground, "store" | "clock">;

/**
 * Says why a worker may begin no turn now: its account is held, another track lands first, or its
 * budget is used up; undefined when it may. A running turn is never ended for these reasons.
 */
export async function refuseTurn(
  ground: PermitGround,
  config: Config,
  { worker, account }: { readonly worker: Worker; readonly account: AccountId },
): Promise<FinalDecision | undefined> {
  const hold = refusingHold(ground.store, account, worker.track);
  if (hold !== undefined) return { kind: "hold", account: hold.account, detail: formatHold(hold) };
  const behind = (await behindNow(ground.store)).get(worker.track);
  if (behind !== undefined) {
    const detail = `${behind} changes the same places and lands first; then its work goes on`;
    return { kind: "hold", behind, detail };
  }
  warn(ground, config, worker.id);
  const spent = spentBy(findWorker(ground.store, worker.id) ?? worker, ground.clock.now());
  const over = reached(spent, config.budget.worker, 1);
  if (over === undefined) return undefined;
  const used = formatReached(over, "worker");
  const detail = `it has used ${used}, and begins no new turn; pleach start ${worker.track} gives it as much again`;
  return { kind: "needs-human", reason: "budget", detail };
}

/** Time between two looks at a worker's budget while a turn runs: 15 s. */
const lookMs = 15_000;

/** Tells a person, once, that most of a worker's budget is used up; ends when `over` aborts. */
export async function watchBudget(
  ground: PermitGround,
  config: Config,
  id: WorkerId,
  over: AbortSignal,
): Promise<void> {
  if (Object.values(config.budget.worker).every((limit) => limit === undefined)) return;
  while (!over.aborted && !warn(ground, config, id)) await ground.clock.sleep(lookMs, over);
}

/**
 * Warns of a worker's budget if most of it is used up.
 * @returns whether nothing is left to be told
 */
function warn(ground: PermitGround, { budget }: Config, id: WorkerId): boolean {
  const worker = findWorker(ground.store, id);
  if (worker === undefined || worker.warned) return true;
  const near = reached(spentBy(worker, ground.clock.now()), budget.worker, budget.warnAt);
  if (near === undefined) return false;
  const at = { track: worker.track, worker: id };
  recordWorker(ground, at, { type: "worker.warned", budget: formatReached(near, "worker") });
  return true;
}
