import type { Ground } from "../../ground/ground.ts";
import type { WorkerId } from "../../ground/ids.ts";
import { type Ended, endAll, sendSignal } from "../../ground/proc/end.ts";
import { findMarked, findTree, type Mark } from "../../ground/proc/find.ts";
import { isElsewhere, liveness, type ProcessIdentity } from "../../ground/proc/identity.ts";
import { findTrack } from "../../track/track-store.ts";
import { isOver, type Worker } from "../../worker/worker.ts";
import type { WorkerEvent } from "../../worker/worker-event.ts";
import { findWorker, recordWorker } from "../../worker/worker-store.ts";

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

/** By what all that an agent starts is known, whatever it has cleared or left. */
export const markOf = (worker: WorkerId): Mark => ({
  name: agentMark,
  value: worker,
  isInherited: true,
});

/** How long an agent may take to break its turn off and leave. */
const interruptMs = 3_000;
const graceMs = 3_000;
const limitMs = 5_000;
/** What a supervisor may take to end its agent by itself: all of the above and some more. */
const supervisorMs = 16_000;
const pollMs = 100;

/**
 * Ends a worker, from gentle to hard, each with its limit: its supervisor is asked to end the agent
 * (which is interrupted first, then told to end, then killed, with all it started), then whatever
 * is left is ended here. Recorded when it is proven gone.
 */
export async function endWorker(ground: WorkerGround, worker: Worker): Promise<WorkerEnd> {
  const outOfSight = await whyOutOfSight(worker);
  if (outOfSight !== undefined) return leaveUnknown(ground, worker, outOfSight);
  if (worker.supervisor !== null) {
    await sendSignal(worker.supervisor, "SIGTERM");
    await waitFor(ground, supervisorMs, async () => await isGone(worker.supervisor));
  }
  const supervisors = async () => await findMarked(supervisorMark, worker.id);
  const stopped = explain(await endAll(supervisors, { clock: ground.clock, graceMs, limitMs }));
  const ended = stopped.kind === "gone" ? await endAgentTree(ground, worker.id) : stopped;
  const at = { track: worker.track, worker: worker.id };
  if (ended.kind === "gone") {
    recordWorker(ground, at, endedBySomeone(ground, worker));
    return ended;
  }
  return leaveUnknown(ground, worker, ended.why);
}

function leaveUnknown(ground: WorkerGround, worker: Worker, why: string): WorkerEnd {
  const now = findWorker(ground.store, worker.id);
  if (now !== undefined && !isOver(now)) {
    recordWorker(
      ground,
      { track: worker.track, worker: worker.id },
      { type: "worker.unknown", why },
    );
  }
  return { kind: "not-ended", why };
}

/** That nothing of it is found says nothing where whoever stays with it cannot be looked at. */
async function whyOutOfSight({ supervisor, starter }: Worker): Promise<string | undefined> {
  const who = supervisor ?? starter;
  if ((await liveness(who)) !== "unknown") return undefined;
  return isElsewhere(who)
    ? `its supervisor, process ${who.pid} there, runs in another PID namespace (a container): end it from there, or from the host`
    : "its supervisor cannot be looked at";
}

/** What is recorded of a worker that was ended: whether it may go on is said by its track. */
export function endedBySomeone({ store }: Pick<Ground, "store">, { track }: Worker): WorkerEvent {
  const at = findTrack(store, track)?.at;
  return at?.state === "needs-human" && at.reason === "paused"
    ? { type: "worker.paused" }
    : { type: "worker.killed", signal: "SIGTERM" };
}

/** Asks an agent as Ctrl-C does to break its turn off, and gives it time to leave by itself. */
export async function interruptAgent(
  ground: Pick<Ground, "clock">,
  agent: ProcessIdentity,
): Promise<void> {
  await sendSignal(agent, "SIGINT", "group");
  await waitFor(ground, interruptMs, async () => await isGone(agent));
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
  const find = async () => await findTree(markOf(worker), leaders);
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
