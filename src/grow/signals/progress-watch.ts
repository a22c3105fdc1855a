import type { EpochMs } from "../../ground/clock.ts";
import type { Git } from "../../ground/git/git.ts";
import type { Ground } from "../../ground/ground.ts";
import { hasStartedSince } from "../../ground/proc/age.ts";
import { statInTree } from "../../ground/tree-file.ts";
import type { Track } from "../../track/track.ts";
import type { Worker } from "../../worker/worker.ts";
import { findWorker, recordWorker } from "../../worker/worker-store.ts";
import { touchedSince } from "../worktree/touched.ts";
import {
  type Call,
  called,
  closed,
  noProgress,
  opened,
  type Progress,
  silent,
  suspect,
  unansweredMs,
  withProgress,
} from "./progress.ts";

/** Looks into the worktree per stall time. */
const looks = 4;

interface Watched {
  readonly ground: Pick<Ground, "store" | "clock" | "git">;
  readonly track: Track;
  readonly worker: Pick<Worker, "id" | "track">;
  /** Time without a tool call, a commit or a changed file before suspicion, in ms; null: never. */
  readonly stallMs: number | null;
}

/** Suspects a worker that no longer gets on, once for each standstill. It ends no process. */
export class ProgressWatch {
  readonly #watched: Watched;
  readonly #over = new AbortController();
  #progress: Progress;
  #mark: string | undefined;
  #isSuspected = false;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#progress = noProgress(watched.ground.clock.now());
    if (watched.stallMs !== null) void this.#look(watched.stallMs);
  }

  call(call: Call): void {
    this.#progress = called(this.#progress, call, this.#watched.ground.clock.now());
    this.#judge();
  }

  /**
   * Notes a call without a result: if none comes for long, the agent's processes are looked at.
   * @param at when the call was made; null: now
   */
  opened(call: string, words: string, at: EpochMs | null): void {
    const now = this.#watched.ground.clock.now();
    const since = Math.min(now, at ?? now);
    this.#progress = opened(this.#progress, call, { words, since, runs: false });
    void this.#await(call);
  }

  /**
   * Notes that a call has its result.
   * @param call null: no call is open any more
   */
  closed(call: string | null): void {
    if (this.#progress.open.size === 0) return;
    this.#progress = closed(this.#progress, call, this.#watched.ground.clock.now());
    this.#judge();
  }

  /**
   * Notes whether the worker's claim to work is believed.
   * @param why the reason for doubt; undefined: the worker shows that it works
   */
  silent(why: string | undefined): void {
    if ((why === undefined) === (this.#progress.silent === undefined)) return;
    this.#progress = silent(this.#progress, why);
    this.#judge();
  }

  close(): void {
    this.#over.abort();
  }

  async #await(call: string): Promise<void> {
    const { ground, worker } = this.#watched;
    const own = this.#progress.open.get(call);
    for (;;) {
      await ground.clock.sleep(unansweredMs, this.#over.signal);
      const open = this.#progress.open.get(call);
      if (this.#over.signal.aborted || open === undefined || open.since !== own?.since) return;
      const agent = findWorker(ground.store, worker.id)?.agentProcess;
      // No suspicion where nothing can be seen, or a better source says that the worker waits.
      const runs = agent == null ? true : ((await hasStartedSince(agent, open.since)) ?? true);
      if (this.#over.signal.aborted || !this.#progress.open.has(call)) return;
      this.#progress = opened(this.#progress, call, { ...open, runs: runs || !this.#isWorking() });
      this.#judge();
    }
  }

  /** Looks into the worktree only while nothing else moves: git is asked a few times an hour. */
  async #look(stallMs: number): Promise<void> {
    const { clock } = this.#watched.ground;
    const pauseMs = stallMs / looks;
    for (;;) {
      await clock.sleep(pauseMs, this.#over.signal);
      if (this.#over.signal.aborted) return;
      if (!this.#isWorking()) this.#progress = withProgress(this.#progress, clock.now());
      else if (clock.now() - this.#progress.movedAt >= pauseMs) await this.#lookAtTree();
      if (!this.#over.signal.aborted) this.#judge();
    }
  }

  #isWorking(): boolean {
    const { ground, worker } = this.#watched;
    return findWorker(ground.store, worker.id)?.at.state === "working";
  }

  async #lookAtTree(): Promise<void> {
    const { ground, track } = this.#watched;
    const mark = await markOf(ground.git, track);
    // No answer from git is no sign of standing still.
    if (mark === undefined || mark !== this.#mark) {
      this.#progress = withProgress(this.#progress, ground.clock.now());
    }
    this.#mark = mark;
  }

  #judge(): void {
    const { ground, worker, stallMs } = this.#watched;
    const suspicion = suspect(this.#progress, stallMs, ground.clock.now());
    if ((suspicion !== undefined) === this.#isSuspected) return;
    this.#isSuspected = suspicion !== undefined;
    const at = { track: worker.track, worker: worker.id };
    recordWorker(
      ground,
      at,
      suspicion === undefined
        ? { type: "worker.cleared" }
        : { type: "worker.suspected", ...suspicion },
    );
  }
}

/** Computes a mark that every commit and file change alters; undefined when git could not say. */
async function markOf(git: Git, track: Track): Promise<string | undefined> {
  try {
    const touched = await touchedSince(git, track);
    if (touched.kind === "unknown") return undefined;
    const times = touched.paths.map((path) =>
      Number(statInTree(track.worktree, path)?.mtimeMs ?? 0),
    );
    return [touched.commits, ...touched.paths, ...times].join("\n");
  } catch {
    return undefined;
  }
}
