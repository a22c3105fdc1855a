import { rmSync } from "node:fs";
import type { Config } from "../../ground/config/config.ts";
import type { Ground } from "../../ground/ground.ts";
import type { Sha, TrackName } from "../../ground/ids.ts";
import { beginProgram } from "../../ground/program.ts";
import { requireTrack } from "../../track/track-store.ts";
import { type Attempt, type PreparedLanding, prepareLanding } from "../attempt/attempt.ts";
import { landingKind } from "../attempt/orphans.ts";
import type { GateKind } from "../landing/gate-kind.ts";
import type { LandOptions } from "../landing/land-options.ts";
import type { LandingFacts, LandStep } from "../landing/landing.ts";
import { siteOf } from "../landing/make-site.ts";
import type { LandProgress, Slot } from "../landing/site.ts";
import type { GatePace } from "./pace.ts";
import type { Packing } from "./pack.ts";
import type { QueueEvent } from "./queue.ts";

export interface JobParts {
  readonly ground: Ground;
  readonly config: Config;
  readonly options: Omit<LandOptions, "onProgress">;
  readonly slots: Slots;
  readonly onProgress: (tracks: readonly TrackName[], progress: LandProgress) => void;
  readonly pace: GatePace;
  readonly packing: Packing;
}

/** The landing's own worktrees, numbered from 1; a caller waits while none is free. */
export class Slots {
  readonly #free: Slot[];
  readonly #waiting: ((slot: Slot) => void)[] = [];

  constructor(count: number) {
    this.#free = Array.from({ length: count }, (_, at) => ({ number: at + 1, isClean: false }));
  }

  async take(): Promise<Slot> {
    const slot = this.#free.shift();
    return slot ?? (await new Promise((resolve) => this.#waiting.push(resolve)));
  }

  give(slot: Slot): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(slot);
    else next(slot);
    this.#free.sort((a, b) => a.number - b.number);
  }
}

interface JobStart extends Pick<QueueJob, "id" | "kind" | "tracks"> {
  readonly onto: Sha | undefined;
  readonly below: QueueJob | undefined;
}

/** A run of the gate: a landing that is put together and tested, and then waits for its turn. */
export class QueueJob {
  readonly id: number;
  readonly kind: GateKind;
  readonly tracks: readonly [TrackName, ...TrackName[]];
  /** The tip of the target below this run; undefined while the run below has not landed. */
  #onto: Sha | undefined;
  /** The run below, as long as it has not landed. */
  #below: QueueJob | undefined;
  readonly #parts: JobParts;
  readonly #stop = new AbortController();
  /** The commit of this run, as soon as there is one; undefined when there will be none. */
  readonly commit: Promise<Sha | undefined>;
  #told: (commit: Sha | undefined) => void = () => undefined;
  attempt: Attempt | undefined;
  prepared: PreparedLanding | undefined;

  constructor(parts: JobParts, what: JobStart) {
    this.#parts = parts;
    this.id = what.id;
    this.kind = what.kind;
    this.tracks = what.tracks;
    this.#onto = what.onto;
    this.#below = what.below;
    this.commit = new Promise((resolve) => {
      this.#told = resolve;
    });
  }

  /** Called when the run below has landed: from now on this run stands on the target itself. */
  stand(onto: Sha): void {
    this.#onto = onto;
    this.#below = undefined;
    const landing = this.attempt?.landing;
    if (landing?.facts.assumed !== undefined) landing.learn({ assumed: undefined });
  }

  /** Ends the run's processes; its tested commit stays until its tracks are in other hands. */
  stop(): void {
    this.#stop.abort();
  }

  /**
   * @returns whether the run came to a result; false when it was stopped, or the run below is gone
   */
  async run(): Promise<boolean> {
    const { slots, ground } = this.#parts;
    const slot = await slots.take();
    try {
      const commit = await this.#below?.commit;
      // The run below may have landed while this run waited for its commit.
      const assumed = this.#below === undefined ? undefined : commit;
      const gone = this.#below !== undefined && commit === undefined;
      if (gone || this.#stop.signal.aborted) return false;
      this.attempt = this.#begin(slot, assumed);
      await ground.fault(`queue:${this.kind}:begun`);
      const prepared = await prepareLanding(this.attempt, ({ commit, tree }) => {
        if (tree !== undefined) this.#told(commit);
      });
      await ground.fault(`queue:${this.kind}:ended`);
      this.prepared = prepared;
      const isStopped = this.#stop.signal.aborted;
      if (!isStopped) this.#tellPace(prepared.verdict === undefined ? "green" : "red");
      return !isStopped;
    } finally {
      this.#tellPace("dropped");
      this.#told(undefined);
      slots.give(slot);
    }
  }

  /** Translates the end of the run's gate into an event of the queue. */
  event({ verdict }: PreparedLanding): Extract<QueueEvent, { type: "green" | "red" | "broken" }> {
    const { id } = this;
    if (verdict === undefined) {
      const commit = this.attempt?.landing.facts.commit;
      if (commit === undefined) throw new Error("it is green, and there is nothing to land");
      return { type: "green", id, commit };
    }
    const isRed = verdict.outcome === "red" || verdict.outcome === "timeout";
    if (isRed || this.tracks.length === 1) return { type: "red", id };
    return { type: "broken", id, track: verdict.track };
  }

  #tellPace(how: "green" | "red" | "dropped"): void {
    this.#parts.pace.end(this.id, how, this.#parts.ground.clock.monotonic());
  }

  #begin(slot: Slot, assumed: Sha | undefined): Attempt {
    const { ground, config, options, onProgress, pace } = this.#parts;
    const [lead, ...others] = this.tracks;
    const facts: LandingFacts = {
      ...{ track: lead, target: config.target, as: this.kind },
      ...(others.length === 0 ? {} : { others: others.map((track) => ({ track })) }),
      ...(assumed === undefined ? {} : { assumed }),
      ...(this.#onto === undefined ? {} : { onto: this.#onto }),
      strategy: options.strategy ?? config.land.strategy,
      acceptGate: options.acceptGate ?? false,
      noGate: options.noGate ?? false,
      ...(options.merged === true ? { merged: true, noGate: true } : {}),
    };
    const start = { kind: landingKind, subject: lead, facts };
    const landing = beginProgram<LandStep, LandingFacts>(ground, start);
    const signals = [this.#stop.signal, options.signal].filter((one) => one !== undefined);
    const site = siteOf({
      ...{ ground, config, id: landing.id, slot, log: this.#logName() },
      track: requireTrack(ground.store, lead),
      others: others.map((name) => requireTrack(ground.store, name)),
      progress: (progress) => {
        if (progress.kind === "step" && progress.step === "gate") {
          pace.begin(this.id, ground.clock.monotonic());
        }
        onProgress(this.tracks, progress);
      },
      signal: AbortSignal.any(signals),
    });
    rmSync(site.logFile, { force: true });
    return { site, landing };
  }

  /** Names a log file for each kind of run: several may run at once for the same first track. */
  #logName(): string {
    if (this.kind === "alone") return "gate.log";
    return this.kind === "part" ? `gate-part-${this.tracks.length}.log` : `gate-${this.kind}.log`;
  }
}
