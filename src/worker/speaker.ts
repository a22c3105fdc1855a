import type { TrackName, WorkerId } from "../ground/ids.ts";
import type { ProcessIdentity } from "../ground/proc/identity.ts";
import type { Forebear, Lineage } from "../ground/proc/lineage.ts";

/*
 * A command may come from the person, or from something that Pleach itself has started. An agent
 * can change its environment, and leave its parents or its mark, but hardly all of them at once:
 * the evidence that is hardest to forge counts first, so that no variable makes one worker another.
 */

/** The sender of a command. */
export type Speaker =
  | { readonly kind: "person" }
  /** The process table does not tell, and nothing else points to a worker. */
  | { readonly kind: "unknown"; readonly why: string }
  | { readonly kind: "worker"; readonly track: TrackName; readonly evidence: string }
  /** A setup, a gate or another line that runs for tracks: their code may speak in it. */
  | { readonly kind: "line"; readonly evidence: string };

/** A worker of this repository, with the processes and the mark by which it is known. */
export interface KnownWorker {
  readonly id: WorkerId;
  readonly track: TrackName;
  readonly limit: number;
  readonly processes: readonly ProcessIdentity[];
}

export interface Known {
  readonly workers: readonly KnownWorker[];
  readonly tracks: readonly TrackName[];
  /** The processes that run steps of a program here, or hold a lease. */
  readonly acting: readonly ProcessIdentity[];
  /** The entries of an environment by which agents, lines and tracks are known. */
  readonly names: { readonly worker: string; readonly line: string; readonly track: string };
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Finds the sender of a command, from the processes above it, nearest first, and its own
 * environment.
 */
export function speakerOf(lineage: Lineage, env: Env, known: Known): Speaker {
  const forebears = lineage.kind === "known" ? lineage.forebears : [];
  return (
    byMark(forebears, known) ??
    byProcess(forebears, known) ??
    byEnvironment(forebears, env, known) ??
    (lineage.kind === "known" ? { kind: "person" } : { kind: "unknown", why: lineage.why })
  );
}

function byMark(forebears: readonly Forebear[], { workers }: Known): Speaker | undefined {
  const byLimit = new Map(workers.map((worker) => [worker.limit, worker]));
  for (const { process: marked, limit } of forebears) {
    const worker = limit === undefined ? undefined : byLimit.get(limit);
    if (worker !== undefined) return workerBy(worker, `process ${marked.pid} carries its mark`);
  }
  return undefined;
}

function byProcess(forebears: readonly Forebear[], known: Known): Speaker | undefined {
  const { workers, acting, names } = known;
  const owners = new Map(
    workers.flatMap((worker) => worker.processes.map((process) => [keyOf(process), worker])),
  );
  const acts = new Set(acting.map(keyOf));
  let isInLine = false;
  for (const { process: above, environ } of forebears) {
    const worker = owners.get(keyOf(above));
    if (worker !== undefined) return workerBy(worker, `it descends from process ${above.pid}`);
    if (isInLine && acts.has(keyOf(above))) {
      return { kind: "line", evidence: `it descends from process ${above.pid}, which runs it` };
    }
    isInLine ||= environ.some((entry) => entry.startsWith(`${names.line}=`));
  }
  return undefined;
}

function byEnvironment(
  forebears: readonly Forebear[],
  env: Env,
  { workers, tracks, names }: Known,
): Speaker | undefined {
  const told = new Set(forebears.flatMap(({ environ }) => environ));
  const worker =
    workers.find(({ id }) => id === env[names.worker]) ??
    workers.find(({ id }) => told.has(`${names.worker}=${id}`));
  if (worker !== undefined) return workerBy(worker, `${names.worker} names it`);
  const track = tracks.find((name) => name === env[names.track]);
  if (track === undefined) return undefined;
  return { kind: "worker", track, evidence: `${names.track} names it` };
}

const workerBy = ({ track }: KnownWorker, evidence: string): Speaker => ({
  kind: "worker",
  track,
  evidence,
});

const keyOf = ({ pid, start, boot }: ProcessIdentity): string => `${pid}/${start}/${boot}`;
