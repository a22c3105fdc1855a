import type { Config } from "../../ground/config/config.ts";
import type { Ground } from "../../ground/ground.ts";
import { parseSha, type TrackName } from "../../ground/ids.ts";
import { type Attempt, end, runFrom } from "../attempt/attempt.ts";
import { lastSeen } from "../gate/gate-store.ts";
import { presumed } from "../landing/gate-kind.ts";
import type { QueueOptions } from "../landing/land-options.ts";
import { isHandBack, type LandingVerdict, type LandReport } from "../landing/landing.ts";
import { lookAtArrivals } from "./arrivals.ts";
import type { Waiting } from "./callers.ts";
import { type JobParts, QueueJob, Slots } from "./gate-job.ts";
import { next, type QueueAction } from "./next.ts";
import { interrupted, movedAgain, returnTrack } from "./not-begun.ts";
import { GatePace } from "./pace.ts";
import { Packing } from "./pack.ts";
import { emptyQueue, type Queue, type QueueEvent } from "./queue.ts";
import { after } from "./queue-after.ts";
import { SideWork } from "./side-work.ts";
import { TargetWatch, tipOf } from "./target-watch.ts";
import { findHooks, hooksNote } from "./user-hooks.ts";

/** How often the target is looked at while nothing else happens, in milliseconds. */
const lookMs = 2_000;

export interface QueueGround {
  readonly ground: Ground;
  readonly config: Config;
  readonly options: QueueOptions;
}

/**
 * Does what `next` says, while it holds the lease. Tracks may join at any time. Invariant, for the
 * sake of recovery: a landing track is in an open program; a program is only closed once its tracks
 * are in a later program, or out of the queue.
 */
export class QueueRun {
  readonly #ground: Ground;
  readonly #config: Config;
  readonly #options: QueueOptions;
  readonly #waiting: Waiting;
  readonly #jobs = new Map<number, QueueJob>();
  readonly #parts: JobParts;
  readonly #pace = new GatePace();
  readonly #target: TargetWatch;
  #hooks: readonly string[] = [];
  /** Tracks that have come and are not in the queue yet; filled from outside. */
  readonly #arrivals: TrackName[];
  #last = new Map<TrackName, LandReport>();
  #queue: Queue;
  #ids = 0;
  readonly #sideWork = new SideWork(() => this.#wake());
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
    this.#target = new TargetWatch(ground, config);
    const { parallel } = config.land;
    const { onProgress = () => undefined, ...rest } = options;
    const own = { slots: new Slots(parallel), pace: this.#pace, packing: new Packing(ground) };
    this.#parts = { ground, config, options: rest, onProgress, ...own };
    this.#queue = emptyQueue({ parallel, seen: presumed, target: "" });
  }

  /** Wakes the loop after a track was pushed to `arrivals`. */
  wake(): void {
    this.#wake();
  }

  /** Runs until the queue is empty. */
  async run(): Promise<void> {
    const seen = lastSeen(this.#ground.store);
    const [target, hooks] = await Promise.all([this.#target.look(), findHooks(this.#ground.git)]);
    this.#hooks = hooks;
    this.#queue = emptyQueue({ parallel: this.#config.land.parallel, seen, target });
    try {
      await this.#loop();
    } finally {
      // No gate or landing may go on after the lease was given back.
      for (const job of this.#jobs.values()) job.stop();
      while (this.#sideWork.underway > 0) await this.#woken();
    }
  }

  async #loop(): Promise<void> {
    for (;;) {
      const woken = this.#woken();
      this.#sideWork.check();
      await this.#admit();
      this.#follow();
      if (this.#options.signal?.aborted === true) return await this.#halt();
      const quietMs = await this.#decide();
      this.#waiting.sweep(this.#jobs.values());
      const idle = this.#queue.entries.length === 0 && this.#sideWork.underway === 0;
      if (idle && this.#arrivals.length === 0) return;
      if (this.#arrivals.length > 0) continue;
      const look = new AbortController();
      await Promise.race([woken, this.#ground.clock.sleep(quietMs, look.signal)]);
      look.abort();
    }
  }

  /** Waits until side work ends or a track arrives, from now on. */
  async #woken(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** @returns for how long there is nothing to do unless something happens, in milliseconds */
  async #decide(): Promise<number> {
    const now = this.#ground.clock.monotonic();
    const held = this.#pace.waitUntil(now);
    const nextNow = (): QueueAction | undefined => next(this.#queue, held !== undefined);
    for (let action = nextNow(); action !== undefined; action = nextNow()) await this.#act(action);
    return held === undefined ? lookMs : Math.min(lookMs, held - now);
  }

  async #admit(): Promise<void> {
    const names = this.#arrivals.splice(0);
    if (names.length === 0) return;
    const { target } = this.#queue;
    const at = { names, target: tipOf(target) };
    for (const found of await lookAtArrivals(this.#ground, this.#config, at)) {
      if (found.kind === "enters") this.#tell({ type: "entered", candidate: found.candidate });
      else if (found.kind === "waits") this.#waiting.tell(found.report);
      else this.#waiting.fail(found.name, found.error);
    }
  }

  /** Looks whether the target was moved from outside. The loop does not wait for the answer. */
  #follow(): void {
    const { target: before } = this.#queue;
    const isStill = (): boolean =>
      this.#queue.target === before && this.#queue.runs.every(({ state }) => state !== "advancing");
    if (!this.#target.isDue || !isStill()) return;
    this.#sideWork.start(async () => {
      const target = await this.#target.tryLook();
      // A look while the queue itself moved the target says nothing.
      const isMoved = target !== undefined && target !== before && isStill();
      if (isMoved) this.#tell({ type: "moved", target });
    });
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
        this.#sideWork.start(async () => await this.#advance(action.id));
        return;
      case "hand-back":
        this.#handBack(action.id);
        return;
      case "drop":
        this.#drop(action.id);
        this.#tell({ type: "dropped", id: action.id });
        return;
      case "give-up":
        this.#leave(this.#putBack(action.track, movedAgain(action.track, this.#config.target)));
        return;
    }
  }

  /** Begins a gate beside the loop, which decides anew once the gate is over. */
  #gate({ as, tracks, onto, over }: Extract<QueueAction, { kind: "gate" }>): void {
    this.#ids += 1;
    const id = this.#ids;
    const [lead, ...others] = tracks;
    if (lead === undefined) throw new Error("a gate for nobody");
    const below = over === undefined ? undefined : this.#jobs.get(over);
    const tip = below === undefined ? tipOf(onto) : undefined;
    const what = { id, kind: as, tracks: [lead, ...others], onto: tip, below } as const;
    const job = new QueueJob(this.#parts, what);
    const text = hooksNote(this.#hooks);
    if (text !== undefined) this.#parts.onProgress(tracks, { kind: "note", text });
    this.#jobs.set(id, job);
    this.#tell({ type: "began", run: { id, kind: as, tracks, onto, over } });
    this.#sideWork.start(async () => {
      try {
        if (await job.run()) this.#judge(job);
        else if (job.attempt !== undefined) this.#waiting.keep(job.attempt);
      } catch (error) {
        this.#abandon(job, error);
      }
    });
  }

  #judge(job: QueueJob): void {
    const { id, prepared } = job;
    if (!this.#jobs.has(id) || prepared === undefined) return;
    const event = job.event(prepared);
    if (event.type === "broken") this.#drop(id);
    this.#tell(event);
  }

  async #advance(id: number): Promise<void> {
    const job = this.#jobs.get(id);
    if (job?.attempt === undefined) throw new Error("what is to land is gone");
    try {
      const reports = await runFrom(job.attempt, job.prepared?.next);
      this.#jobs.delete(id);
      const outcome = reports[0]?.outcome;
      if (outcome === "landed") {
        const lifted = this.#queue.runs.filter(({ over }) => over === id).map((run) => run.id);
        this.#tell({ type: "landed", id });
        this.#sideWork.start(async () => await this.#parts.packing.look());
        for (const above of lifted) this.#jobs.get(above)?.stand(parseSha(this.#queue.target));
      } else if (outcome === "moved") {
        this.#tell({ type: "moved", target: await this.#target.look() });
        this.#tell({ type: "dropped", id });
        for (const report of reports) this.#last.set(report.track, report);
        return;
      } else if (job.tracks.length > 1) {
        this.#tell({ type: "broken", id, track: undefined });
        return;
      } else this.#tell({ type: "dropped", id });
      for (const report of reports) this.#leave(report);
    } catch (error) {
      this.#abandon(job, error);
    }
  }

  /**
   * Takes a track that cannot land as it is out of the queue, to its worker or to a person; the
   * queue goes on.
   */
  #handBack(id: number): void {
    const job = this.#jobs.get(id);
    const { attempt, prepared } = job ?? {};
    const verdict = prepared?.verdict;
    if (job === undefined || attempt === undefined || verdict === undefined) {
      throw new Error("nothing is red");
    }
    this.#tell({ type: "left", track: job.tracks[0] });
    this.#tell({ type: "dropped", id });
    this.#sideWork.start(async () => await this.#tellBack(job, attempt, verdict));
  }

  async #tellBack(job: QueueJob, attempt: Attempt, verdict: LandingVerdict): Promise<void> {
    try {
      const reports = isHandBack(verdict)
        ? await runFrom(attempt, "hand-back")
        : end(attempt, verdict);
      this.#jobs.delete(job.id);
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
    // A program that still runs is kept by `#gate` when it has ended.
    if (job.prepared !== undefined && job.attempt !== undefined) this.#waiting.keep(job.attempt);
  }

  /** Gives a track that leaves the queue the state back in which it came. */
  #putBack(name: TrackName, verdict: LandingVerdict): LandReport {
    const report = returnTrack(this.#ground, name, verdict);
    return this.#last.get(name) ?? report;
  }

  /**
   * Takes a run out after an unforeseen error: its program stays open, for the next process to
   * recover.
   */
  #abandon(job: QueueJob, error: unknown): void {
    this.#jobs.delete(job.id);
    this.#tell({ type: "dropped", id: job.id });
    for (const track of job.tracks) {
      this.#tell({ type: "left", track });
      this.#waiting.fail(track, error);
    }
  }

  /**
   * Stops the queue after a person interrupted it: running gates are ended, and every track gets
   * its earlier state back.
   */
  async #halt(): Promise<void> {
    while (this.#sideWork.underway > 0) await this.#woken();
    const verdict = interrupted("pleach land tries again");
    this.#waiting.close(this.#jobs.values(), verdict);
    this.#jobs.clear();
    this.#arrivals.length = 0;
    for (const name of this.#waiting.names) {
      this.#waiting.tell(this.#putBack(name, interrupted(`pleach land ${name} tries again`)));
    }
  }
}
