import type { Config } from "../ground/config/config.ts";
import { branchRef, findCommit } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import { parseSha, type TrackName } from "../ground/ids.ts";
import { recordTrack, requireTrack } from "../grow/track-store.ts";
import { end, runFrom } from "./attempt.ts";
import { lastSeen } from "./gate-store.ts";
import type { QueueOptions } from "./land.ts";
import { interrupted, reportFor } from "./land-entry.ts";
import { isHandBack, type LandReport, type Verdict } from "./landing.ts";
import { after, emptyQueue, presumed, type Queue, type QueueEvent } from "./queue.ts";
import { lookAtArrivals } from "./queue-entry.ts";
import { type JobParts, QueueJob, Slots } from "./queue-job.ts";
import { next, type QueueAction } from "./queue-next.ts";
import type { Waiting } from "./queue-waiting.ts";

/** How many past gates say how likely the next track is red. */
const remembered = 20;
/** How often the target is looked at while nothing else happens, in milliseconds. */
const lookMs = 2_000;

/** What was seen of the target so long ago still counts: each landing looks for itself besides. */
const followMs = 1_000;

export interface QueueGround {
  readonly ground: Ground;
  readonly config: Config;
  readonly options: QueueOptions;
}

/**
 * Does what `next` says, while it holds the lease. Tracks may join at any time.
 * Invariant, for the sake of recovery: a track that is landing is in a program that is open; one is
 * only closed when the next one of its tracks has been begun, or they are out of the queue.
 */
export class QueueRun {
  readonly #ground: Ground;
  readonly #config: Config;
  readonly #options: QueueOptions;
  readonly #waiting: Waiting;
  readonly #jobs = new Map<number, QueueJob>();
  readonly #parts: JobParts;
  /** Who has come and is not in the queue yet; filled from outside. */
  readonly #arrivals: TrackName[];
  #last = new Map<TrackName, LandReport>();
  #queue: Queue;
  #ids = 0;
  #lookedAt = 0;
  #doing = 0;
  #wake: () => void = () => undefined;

  constructor(
    { ground, config, options }: QueueGround,
    { waiting, arrivals }: { readonly waiting: Waiting; readonly arrivals: TrackName[] },
  ) {
    this.#ground = ground;
    this.#config = config;
    this.#options = options;
    this.#waiting = waiting;
    this.#arrivals = arrivals;
    const { parallel } = config.land;
    const { onProgress = () => undefined, ...rest } = options;
    this.#parts = { ground, config, options: rest, slots: new Slots(parallel), onProgress };
    this.#queue = emptyQueue({ parallel, seen: presumed, target: "" });
  }

  /** Somebody has come. */
  wake(): void {
    this.#wake();
  }

  /** Until nobody is in the queue any more. */
  async run(): Promise<void> {
    const seen = lastSeen(this.#ground.store, remembered);
    const { parallel } = this.#config.land;
    this.#queue = emptyQueue({ parallel, seen, target: await this.#target() });
    await this.#loop();
  }

  async #target(): Promise<string> {
    this.#lookedAt = this.#ground.clock.monotonic();
    return (await findCommit(this.#ground.git, branchRef(this.#config.target))) ?? "";
  }

  async #loop(): Promise<void> {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await this.#admit();
      await this.#follow();
      if (this.#options.signal?.aborted === true) return await this.#halt();
      for (let action = next(this.#queue); action !== undefined; action = next(this.#queue)) {
        await this.#act(action);
      }
      this.#waiting.sweep(this.#jobs.values());
      const idle = this.#queue.entries.length === 0 && this.#doing === 0;
      if (idle && this.#arrivals.length === 0) return;
      if (this.#arrivals.length > 0) continue;
      const look = new AbortController();
      await Promise.race([woken, this.#ground.clock.sleep(lookMs, look.signal)]);
      look.abort();
    }
  }

  async #admit(): Promise<void> {
    const names = this.#arrivals.splice(0);
    if (names.length === 0) return;
    const { target } = this.#queue;
    const at = { names, target: target === "" ? undefined : parseSha(target) };
    for (const found of await lookAtArrivals(this.#ground, this.#config, at)) {
      if (found.kind === "enters") this.#tell({ type: "entered", candidate: found.candidate });
      else if (found.kind === "waits") this.#waiting.tell(found.report);
      else this.#waiting.fail(found.name, found.error);
    }
  }

  /** Somebody else may have moved the target. */
  async #follow(): Promise<void> {
    const now = this.#ground.clock.monotonic();
    if (now - this.#lookedAt < followMs) return;
    if (this.#queue.runs.some(({ state }) => state === "advancing")) return;
    const target = await this.#target();
    if (target !== this.#queue.target) this.#tell({ type: "moved", target });
  }

  #tell(event: QueueEvent): void {
    this.#queue = after(this.#queue, event);
  }

  async #act(action: QueueAction): Promise<void> {
    switch (action.kind) {
      case "gate":
        this.#gate(action);
        return;
      case "advance":
        this.#tell({ type: "advancing", id: action.id });
        this.#later(async () => await this.#advance(action.id));
        return;
      case "hand-back":
        return await this.#handBack(action.id);
      case "drop":
        this.#drop(action.id);
        this.#tell({ type: "dropped", id: action.id });
        return;
      case "give-up":
        this.#giveUp(action.track);
        return;
    }
  }

  /** Something that goes on beside the loop, which looks again when it is over. */
  #later(act: () => Promise<void>): void {
    this.#doing += 1;
    void act().finally(() => {
      this.#doing -= 1;
      this.#wake();
    });
  }

  #gate({ as, tracks, onto, over }: Extract<QueueAction, { kind: "gate" }>): void {
    this.#ids += 1;
    const id = this.#ids;
    const [lead, ...others] = tracks;
    if (lead === undefined) throw new Error("a gate for nobody");
    const below = over === undefined ? undefined : this.#jobs.get(over);
    const job = new QueueJob(this.#parts, { id, kind: as, tracks: [lead, ...others], below });
    this.#jobs.set(id, job);
    this.#tell({ type: "began", run: { id, kind: as, tracks, onto, over } });
    this.#later(async () => {
      try {
        if (await job.run()) this.#judge(job);
        else if (job.attempt !== undefined) this.#waiting.keep(job.attempt);
      } catch (error) {
        this.#abandon(job, error);
      }
    });
  }

  /** What the end of a gate means to the queue. */
  #judge(job: QueueJob): void {
    const { id, prepared, attempt } = job;
    if (!this.#jobs.has(id) || prepared === undefined) return;
    const { verdict } = prepared;
    if (verdict === undefined) {
      const commit = attempt?.landing.facts.commit;
      if (commit === undefined) throw new Error("it is green, and there is nothing to land");
      this.#tell({ type: "green", id, commit });
      return;
    }
    const own = job.tracks.length === 1;
    const isRed = verdict.outcome === "red" || verdict.outcome === "timeout";
    if (own || isRed) {
      this.#tell({ type: "red", id });
      return;
    }
    this.#drop(id);
    this.#tell({ type: "broken", id, track: verdict.track });
  }

  async #advance(id: number): Promise<void> {
    const job = this.#jobs.get(id);
    if (job?.attempt === undefined) throw new Error("what is to land is gone");
    try {
      const reports = await runFrom(job.attempt, job.prepared?.next);
      this.#jobs.delete(id);
      const outcome = reports[0]?.outcome;
      if (outcome === "landed") {
        this.#tell({ type: "landed", id });
        for (const run of this.#queue.runs.filter(({ over }) => over === undefined)) {
          const above = this.#jobs.get(run.id)?.attempt?.landing;
          if (above?.facts.assumed !== undefined) above.learn({ assumed: undefined });
        }
      } else if (outcome === "moved") {
        this.#tell({ type: "moved", target: await this.#target() });
        this.#tell({ type: "dropped", id });
        for (const report of reports) this.#last.set(report.track, report);
        return;
      } else if (job.tracks.length > 1) {
        this.#tell({ type: "broken", id, track: undefined });
        return;
      }
      for (const report of reports) this.#leave(report);
    } catch (error) {
      this.#abandon(job, error);
    }
  }

  /** One track that cannot land as it is: to its worker, or to a person. */
  async #handBack(id: number): Promise<void> {
    const job = this.#jobs.get(id);
    const verdict = job?.prepared?.verdict;
    if (job?.attempt === undefined || verdict === undefined) throw new Error("nothing is red");
    try {
      const { attempt } = job;
      const reports = isHandBack(verdict)
        ? await runFrom(attempt, "hand-back")
        : end(attempt, verdict);
      this.#jobs.delete(id);
      for (const report of reports) this.#leave(report);
    } catch (error) {
      this.#abandon(job, error);
    }
  }

  #leave(report: LandReport): void {
    this.#tell({ type: "left", track: report.track });
    this.#waiting.tell(report);
  }

  #drop(id: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    job.stop();
    this.#jobs.delete(id);
    // What still runs is kept when it has ended.
    if (job.prepared !== undefined && job.attempt !== undefined) this.#waiting.keep(job.attempt);
  }

  #giveUp(track: TrackName): void {
    const detail = `${this.#config.target} was moved by somebody else again and again`;
    const hint = `pleach land ${track} tries again`;
    const verdict: Verdict = { outcome: "moved", reason: "moved", detail, hint, paths: [] };
    this.#leave(this.#putBack(track, verdict));
  }

  /** A track that leaves the queue as it came. */
  #putBack(name: TrackName, verdict: Verdict): LandReport {
    const track = requireTrack(this.#ground.store, name);
    if (track.at.state === "landing") {
      recordTrack(this.#ground, name, { type: "track.ready", tip: track.at.tip });
    }
    return this.#last.get(name) ?? reportFor(track, verdict);
  }

  /** An error nobody foresaw: its program stays open, for the next process to bring to its end. */
  #abandon(job: QueueJob, error: unknown): void {
    this.#jobs.delete(job.id);
    this.#tell({ type: "dropped", id: job.id });
    for (const track of job.tracks) {
      this.#tell({ type: "left", track });
      this.#waiting.fail(track, error);
    }
  }

  /** A person has interrupted it: what runs is ended, and every track gets back what it had. */
  async #halt(): Promise<void> {
    while (this.#doing > 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const verdict = interrupted("pleach land tries again");
    this.#waiting.close(this.#jobs.values(), verdict);
    this.#jobs.clear();
    this.#arrivals.length = 0;
    for (const name of this.#waiting.names) {
      this.#waiting.tell(this.#putBack(name, interrupted(`pleach land ${name} tries again`)));
    }
  }
}
