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
  /** Proven: no process of the worker is left. */
  | { readonly kind: "gone" }
  /** A process lives on, or cannot be looked at; nothing may be started or removed there. */
  | { readonly kind: "not-ended"; readonly why: string };

/**
 * A variable in a supervisor's environment, to find a supervisor that has not yet recorded itself.
 */
export const supervisorMark = "PLEACH_SUPERVISES";
/** A variable in the environment of an agent and of everything the agent starts. */
export const agentMark = "PLEACH_WORKER";

/**
 * Names the mark by which all that an agent starts is known, even after clearing its environment.
 */
export const markOf = (worker: WorkerId): Mark => ({
  name: agentMark,
  value: worker,
  isInherited: true,
});

/** Time an agent has to break its turn off and leave before it is told to end, 3 s. */
const interruptMs = 3_000;
const graceMs = 3_000;
const limitMs = 5_000;
/** Time a supervisor has to end its agent by itself, 16 s: the three limits above and 5 s more. */
const supervisorMs = 16_000;
const pollMs = 100;

/**
 * Ends a worker, from gentle to hard, each step with its limit. Its supervisor is asked to end the
 * agent (which is interrupted first, then told to end, then killed, with all it started); then any
 * process left is ended here. Recorded when the worker is proven gone.
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

/**
 * Says why a search for processes would prove nothing: the supervisor cannot be looked at from
 * here.
 */
async function whyOutOfSight({ supervisor, starter }: Worker): Promise<string | undefined> {
  const who = supervisor ?? starter;
  if ((await liveness(who)) !== "unknown") return undefined;
  return isElsewhere(who)
    ? `its supervisor, process ${who.pid} there, runs in another PID namespace (a container): end it from there, or from the host`
    : "its supervisor cannot be looked at";
}

/**
 * Chooses the event recorded for a worker that was ended: paused if its track is paused, else
 * killed.
 */
export function endedBySomeone({ store }: Pick<Ground, "store">, { track }: Worker): WorkerEvent {
  const at = findTrack(store, track)?.at;
  return at?.state === "needs-human" && at.reason === "paused"
    ? { type: "worker.paused" }
    : { type: "worker.killed", signal: "SIGTERM" };
}

/** Interrupts an agent's turn as Ctrl-C does, and gives the agent time to leave by itself. */
export async function interruptAgent(
  ground: Pick<Ground, "clock">,
  agent: ProcessIdentity,
): Promise<void> {
  await sendSignal(agent, "SIGINT", "group");
  await waitFor(ground, interruptMs, async () => await isGone(agent));
}

/**
 * Ends every process that carries an agent's mark, or descends from one that does.
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
