import type { Ground } from "../ground/ground.ts";
import type { WorkerId } from "../ground/ids.ts";
import { type Ended, endAll, sendSignal } from "../ground/proc/end.ts";
import { findMarked, findTree } from "../ground/proc/find.ts";
import { liveness, type ProcessIdentity } from "../ground/proc/identity.ts";
import { isOver, type Worker } from "./worker.ts";
import { findWorker, recordWorker } from "./worker-store.ts";

type WorkerGround = Pick<Ground, "store" | "clock">;

export type WorkerEnd =
  /** Proven: no process of it is left. */
  | { readonly kind: "gone" }
  /** Something lives on, or cannot be looked at; nothing may start or be removed there. */
  | { readonly kind: "not-ended"; readonly why: string };

/** In the environment of a supervisor, to find one that has not yet said who it is. */
export const supervisorMark = "PLEACH_SUPERVISES";
/** In the environment of an agent and of everything it starts. */
export const agentMark = "PLEACH_WORKER";

const graceMs = 3_000;
const limitMs = 5_000;
/** What a supervisor may take to end its agent by itself: both of the above and some more. */
const supervisorMs = 12_000;
const pollMs = 100;

/**
 * Ends a worker, from gentle to hard, each with its limit: its supervisor is asked to end the agent,
 * then whatever is left is ended here. Recorded when it is proven gone.
 */
export async function endWorker(ground: WorkerGround, worker: Worker): Promise<WorkerEnd> {
  if (worker.supervisor !== null) {
    await sendSignal(worker.supervisor, "SIGTERM");
    await waitFor(ground, supervisorMs, async () => await isGone(worker.supervisor));
  }
  const supervisors = async () => await findMarked(supervisorMark, worker.id);
  const stopped = explain(await endAll(supervisors, { clock: ground.clock, graceMs, limitMs }));
  const ended = stopped.kind === "gone" ? await endAgentTree(ground, worker.id) : stopped;
  const at = { track: worker.track, worker: worker.id };
  if (ended.kind === "gone") {
    recordWorker(ground, at, { type: "worker.killed", signal: "SIGTERM" });
    return ended;
  }
  const now = findWorker(ground.store, worker.id);
  if (now !== undefined && !isOver(now)) {
    recordWorker(ground, at, { type: "worker.unknown", why: ended.why });
  }
  return ended;
}

/**
 * Ends everything that carries an agent's mark, or descends from what does.
 * @param leaders the agent itself, when the caller has just seen it alive
 */
export async function endAgentTree(
  { clock }: Pick<Ground, "clock">,
  worker: WorkerId,
  leaders: readonly ProcessIdentity[] = [],
): Promise<WorkerEnd> {
  const find = async () => await findTree({ name: agentMark, value: worker }, leaders);
  return explain(await endAll(find, { clock, graceMs, limitMs }));
}

function explain(ended: Ended): WorkerEnd {
  switch (ended.kind) {
    case "gone":
      return { kind: "gone" };
    case "unknown":
      return { kind: "not-ended", why: ended.why };
    case "still-there": {
      const pids = ended.processes.map(({ pid }) => pid).join(", ");
      return { kind: "not-ended", why: `these processes do not end: ${pids}` };
    }
  }
}

async function isGone(identity: ProcessIdentity | null): Promise<boolean> {
  return identity === null || (await liveness(identity)) === "gone";
}

async function waitFor(
  { clock }: Pick<Ground, "clock">,
  limit: number,
  holds: () => Promise<boolean>,
): Promise<void> {
  const until = clock.monotonic() + limit;
  while (clock.monotonic() < until && !(await holds())) await clock.sleep(pollMs);
}
