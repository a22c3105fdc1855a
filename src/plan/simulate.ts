/**
 * Plays a set of jobs forward in time as `pleach run` would start them: whenever a worker is free,
 * the first job by rank whose predecessors have landed and whose paths are free. Landing is serial;
 * only the landing of a job releases its worker, paths and successors.
 */
import { createHeap, type Heap } from "./heap.ts";

export interface Jobs {
  /** The minutes of setup and work of each job. */
  readonly workMinutes: readonly number[];
  /** The minutes of gate and landing of each job; one job at a time. */
  readonly landMinutes: readonly number[];
  /** The jobs (by position) that must have landed before this job starts. */
  readonly after: readonly (readonly number[])[];
  readonly workers: number;
  /** The number of jobs, at the beginning, that are running already at minute 0. */
  readonly live: number;
  /** Whether each live job keeps a worker busy. */
  readonly occupies: readonly boolean[];
}

/** Per job, lists of resources, all of which it needs for itself. */
export type Locks = readonly (readonly (readonly number[])[])[];

export interface Timeline {
  readonly startMinutes: readonly number[];
  /** The minute at which each job has landed. */
  readonly endMinutes: readonly number[];
  /** The worker of each job, from 0; -1 for a live job that keeps none. */
  readonly slots: readonly number[];
  /** The jobs in the order they started. */
  readonly order: readonly number[];
  readonly makespanMinutes: number;
}

/**
 * Simulates jobs.
 * @param order jobs from most to least urgent
 * @returns undefined when jobs wait for each other in a circle
 */
export function simulate(
  jobs: Jobs,
  order: readonly number[],
  locks?: Locks,
): Timeline | undefined {
  const count = jobs.workMinutes.length;
  const ranks = new Array<number>(count).fill(0);
  for (const [rank, job] of order.entries()) ranks[job] = rank;
  const { waits, next } = successors(jobs.after);
  const startMinutes = new Array<number>(count).fill(0);
  const endMinutes = new Array<number>(count).fill(0);
  const slots = new Array<number>(count).fill(-1);
  const started: number[] = [];
  const ready = createHeap();
  const gate = createGate(locks, ranks, ready);
  const free = createHeap();
  const race = createRace(jobs, ranks);
  let busy = 0;

  const begin = (job: number, now: number, slot: number): void => {
    startMinutes[job] = now;
    slots[job] = slot;
    if (slot >= 0) busy++;
    started.push(job);
    race.add(job, now);
  };
  const beginReady = (now: number): void => {
    while (busy < jobs.workers) {
      const rank = ready.pop();
      if (rank === undefined) return;
      const job = order[rank] ?? 0;
      if (gate.enter(job)) begin(job, now, free.pop() ?? -1);
    }
  };
  const release = (job: number): void => {
    const slot = slots[job] ?? -1;
    if (slot >= 0) busy--;
    if (slot >= 0 && slot < jobs.workers) free.push(slot);
    gate.release(job);
    for (const follower of next[job] ?? []) {
      waits[follower] = (waits[follower] ?? 0) - 1;
      if (waits[follower] === 0) ready.push(ranks[follower] ?? 0);
    }
  };

  for (let slot = 0; slot < jobs.workers; slot++) free.push(slot);
  for (let job = 0; job < jobs.live; job++) {
    gate.take(job);
    // More jobs may be growing than there are workers now: they keep slots of their own.
    begin(job, 0, jobs.occupies[job] === false ? -1 : (free.pop() ?? jobs.workers + job));
  }
  for (let job = jobs.live; job < count; job++) if (waits[job] === 0) ready.push(ranks[job] ?? 0);
  beginReady(0);
  let makespanMinutes = 0;
  let landed = 0;
  for (let event = race.next(); event !== undefined; event = race.next()) {
    landed++;
    makespanMinutes = event.at;
    endMinutes[event.job] = event.at;
    release(event.job);
    beginReady(event.at);
  }
  if (landed < count) return undefined;
  return { startMinutes, endMinutes, slots, order: started, makespanMinutes };
}

/** Tracks the jobs at work and the single place where they land, first come first served. */
function createRace({ workMinutes, landMinutes }: Jobs, ranks: readonly number[]) {
  const running: { job: number; at: number; isLanding: boolean }[] = [];
  let landerFree = 0;
  const soonest = (): number => {
    let best = 0;
    for (let index = 1; index < running.length; index++) {
      const a = running[index];
      const b = running[best];
      if (a === undefined || b === undefined) continue;
      const isSooner = a.at < b.at || (a.at === b.at && (ranks[a.job] ?? 0) < (ranks[b.job] ?? 0));
      if (isSooner) best = index;
    }
    return best;
  };
  return {
    add: (job: number, now: number): void => {
      running.push({ job, at: now + (workMinutes[job] ?? 0), isLanding: false });
    },
    /** Returns the next job that has landed, and when. */
    next: (): { readonly job: number; readonly at: number } | undefined => {
      for (;;) {
        const index = soonest();
        const event = running[index];
        if (event === undefined) return undefined;
        if (event.isLanding) {
          running[index] = running.at(-1) ?? event;
          running.pop();
          return event;
        }
        landerFree = Math.max(event.at, landerFree) + (landMinutes[event.job] ?? 0);
        event.at = landerFree;
        event.isLanding = true;
      }
    },
  };
}

function successors(after: readonly (readonly number[])[]) {
  const waits = after.map((list) => list.length);
  const next: number[][] = after.map(() => []);
  for (const [job, list] of after.entries()) for (const earlier of list) next[earlier]?.push(job);
  return { waits, next };
}

/**
 * Makes a mutual exclusion with queues: a job waits at the first busy resource it needs. As long as
 * a resource is free, a job that waits for it is on its way, so no job is forgotten, and a release
 * wakes one job rather than all.
 */
function createGate(locks: Locks | undefined, ranks: readonly number[], ready: Heap) {
  /** The number of holders of each resource: live jobs may already hold the same. */
  const busy = new Map<number, number>();
  const queues = new Map<number, Heap>();
  const all = (job: number) => locks?.[job] ?? [];
  const wake = (resource: number): void => {
    const waiting = queues.get(resource)?.pop();
    if (waiting !== undefined) ready.push(waiting);
  };
  const take = (job: number): void => {
    for (const list of all(job))
      for (const resource of list) busy.set(resource, (busy.get(resource) ?? 0) + 1);
  };
  const findBusy = (job: number): number | undefined => {
    for (const list of all(job))
      for (const resource of list) if (busy.has(resource)) return resource;
    return undefined;
  };
  return {
    take,
    release: (job: number): void => {
      for (const list of all(job)) {
        for (const resource of list) {
          const left = (busy.get(resource) ?? 1) - 1;
          if (left > 0) busy.set(resource, left);
          else busy.delete(resource);
        }
      }
      for (const list of all(job)) {
        for (const resource of list) if (!busy.has(resource)) wake(resource);
      }
    },
    /** Lets a job in; false: it will come back into `ready` when it may try again. */
    enter: (job: number): boolean => {
      const obstacle = findBusy(job);
      if (obstacle === undefined) {
        take(job);
        return true;
      }
      const queue = queues.get(obstacle) ?? createHeap();
      queues.set(obstacle, queue);
      queue.push(ranks[job] ?? 0);
      for (const list of all(job)) {
        for (const resource of list) if (!busy.has(resource)) wake(resource);
      }
      return false;
    },
  };
}
