import { addUsage, type Usage } from "../agents/event.ts";
import type { Clock, EpochMs } from "../ground/clock.ts";
import type { TrackName, WorkerId } from "../ground/ids.ts";
import type { ProcessIdentity } from "../ground/proc/identity.ts";
import type { Store } from "../ground/store/store.ts";
import { isSameWord, type SignalContent } from "./signal.ts";
import { isOver, type Worker } from "./worker.ts";
import type { WorkerEvent } from "./worker-event.ts";
import { transitionWorker } from "./worker-transition.ts";

interface WorkerRow {
  readonly doc: string;
}

export function findWorker(store: Store, id: WorkerId): Worker | undefined {
  const row = store.one<WorkerRow>("SELECT doc FROM workers WHERE id = ?", id);
  return row === undefined ? undefined : read(row);
}

const read = ({ doc }: WorkerRow): Worker => JSON.parse(doc) as Worker;

/** Finds the worker started last on a track. */
export function latestWorker(store: Store, track: TrackName): Worker | undefined {
  const sql = "SELECT doc FROM workers WHERE track = ? ORDER BY rowid DESC LIMIT 1";
  const row = store.one<WorkerRow>(sql, track);
  return row === undefined ? undefined : read(row);
}

/** Moves a worker on: journal and projection in one transaction. */
export function recordWorker(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  at: { readonly track: TrackName; readonly worker: WorkerId },
  event: WorkerEvent,
): Worker {
  return store.transaction(() => {
    const former = findWorker(store, at.worker);
    const next = transitionWorker(former, event, at.track, clock.now());
    if (next === former) return former;
    store.append({ ...event, ...at });
    project(store, next);
    return next;
  });
}

function project(store: Store, next: Worker): void {
  store.write(
    `INSERT INTO workers (id, track, state, lease_until, doc) VALUES (?, ?, ?, 0, ?)
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, doc = excluded.doc`,
    next.id,
    next.track,
    next.at.state,
    JSON.stringify(next),
  );
}

/**
 * Keeps a source's signal about a worker. A repeated signal is no event: only the time it was
 * heard, and the detail of the work, are kept. Supervisors tell through a `SignalLog`.
 */
export function recordSignal(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  at: { readonly track: TrackName; readonly worker: WorkerId },
  said: SignalContent,
): void {
  store.transaction(() => {
    const former = findWorker(store, at.worker);
    const event: WorkerEvent = { type: "worker.signalled", said };
    const next = transitionWorker(former, event, at.track, clock.now());
    if (next === former) return;
    const isNews = former?.signals.some((kept) => isSameWord(kept, said)) !== true;
    const change = { state: next.at.state, before: former?.at.state };
    if (isNews) store.append({ ...event, ...change, ...at });
    project(store, next);
  });
}

/** Lists the workers whose process tree is not known to have ended. */
export function openWorkers(store: Store): readonly Worker[] {
  const sql = `SELECT doc FROM workers WHERE state NOT IN ('exited', 'killed', 'paused', 'lost') ORDER BY rowid`;
  return store.all<WorkerRow>(sql).map(read);
}

/**
 * Lists every worker there has been, oldest first: a leftover process of an ended worker may still
 * speak.
 */
export function allWorkers(store: Store): readonly Worker[] {
  return store.all<WorkerRow>("SELECT doc FROM workers ORDER BY rowid").map(read);
}

/** Lists the workers a track has had since it was made, oldest first. */
export function workersOf(store: Store, track: TrackName, since: EpochMs): readonly Worker[] {
  return store
    .all<WorkerRow>("SELECT doc FROM workers WHERE track = ? ORDER BY rowid", track)
    .map(read)
    .filter((worker) => worker.startedAt >= since);
}

/** Sums the usage of all workers of a track; null when none told. */
export function usageOf(store: Store, track: TrackName, since: EpochMs): Usage | null {
  return workersOf(store, track, since)
    .map(({ usage }) => usage)
    .reduce<Usage | null>(addUsage, null);
}

/**
 * Records that this process supervises the worker from now on.
 * @returns undefined when another does, or when the worker is over
 */
export function claimWorker(
  ground: { readonly store: Store; readonly clock: Clock; readonly self: ProcessIdentity },
  id: WorkerId,
): Worker | undefined {
  return ground.store.transaction(() => {
    const worker = findWorker(ground.store, id);
    if (worker === undefined || worker.supervisor !== null || isOver(worker)) return undefined;
    const at = { track: worker.track, worker: id };
    return recordWorker(ground, at, { type: "worker.supervised", supervisor: ground.self });
  });
}

/**
 * Renews the lease; @returns false when the worker was declared over behind its supervisor's back.
 */
export function renewWorker(store: Store, id: WorkerId, until: EpochMs): boolean {
  const sql = `UPDATE workers SET lease_until = ?
    WHERE id = ? AND state NOT IN ('exited', 'killed', 'paused', 'lost')`;
  return store.write(sql, until, id) === 1;
}
