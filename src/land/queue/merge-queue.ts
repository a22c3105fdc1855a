import type { Config } from "../../ground/config/config.ts";
import type { Ground } from "../../ground/ground.ts";
import type { TrackName } from "../../ground/ids.ts";
import { openPrograms } from "../../ground/program.ts";
import { inTurn, releaseLease } from "../../ground/store/lease.ts";
import { requireTrack } from "../../track/track-store.ts";
import { landingKind, landingLease } from "../attempt/orphans.ts";
import { recoverLandings } from "../attempt/recover.ts";
import type { QueueOptions } from "../landing/land-options.ts";
import type { LandReport } from "../landing/landing.ts";
import { Waiting } from "./callers.ts";
import { landingBusy, waitForLease } from "./not-begun.ts";
import { QueueRun } from "./queue-loop.ts";

/**
 * The pause before tracks are refused because another landing is open: 1 s, so that a caller which
 * asks again at once does not ask without end.
 */
const busyPauseMs = 1_000;

/**
 * The queue to which tracks come to land, at any time. While it has tracks, it holds the lease for
 * landing in this repository.
 */
export class MergeQueue {
  readonly #ground: Ground;
  readonly #config: Config;
  readonly #options: QueueOptions;
  readonly #waiting = new Waiting();
  readonly #arrivals: TrackName[] = [];
  #turn: QueueRun | undefined;
  /** Fulfilled once no track is left; undefined while there is none. */
  #ended: Promise<void> | undefined;

  constructor(ground: Ground, config: Config, options: QueueOptions = {}) {
    this.#ground = ground;
    this.#config = config;
    this.#options = options;
  }

  /**
   * Lands one track, alone or with others that are in the queue. The outcome is a value; it is
   * recorded, and the track is moved on, before this returns.
   * @throws PleachError `track/none`, and what `recoverLandings` throws
   */
  async land(name: TrackName): Promise<LandReport> {
    requireTrack(this.#ground.store, name);
    const { report, isNew } = this.#waiting.ask(name);
    if (isNew) this.#arrive(name);
    const told = await report;
    // The last caller to get its report may end the process: by then no gate runs, and no program
    // is open.
    if (this.#waiting.names.length === 0) await this.#ended;
    return told;
  }

  #arrive(name: TrackName): void {
    this.#arrivals.push(name);
    this.#turn?.wake();
    this.#ended ??= this.#run();
  }

  async #run(): Promise<void> {
    try {
      while (this.#arrivals.length > 0) {
        await inTurn(this.#ground.store, landingLease, async () => await this.#runLeased());
      }
    } catch (error) {
      for (const name of this.#waiting.names) this.#waiting.fail(name, error);
      this.#arrivals.length = 0;
    } finally {
      this.#ended = undefined;
    }
  }

  async #runLeased(): Promise<void> {
    const { store } = this.#ground;
    const { onProgress, signal } = this.#options;
    const lease = await waitForLease(this.#ground, {
      ...(signal === undefined ? {} : { signal }),
      onProgress: (progress) => onProgress?.(this.#arrivals, progress),
    });
    if (lease === undefined) {
      this.#refuseAll();
      return;
    }
    try {
      // A landing that an error broke off in this process belongs to no turn any more: recover it
      // as well.
      await recoverLandings(this.#ground, this.#config, { hasOwn: true });
      const others = openPrograms(store, landingKind).length > 0;
      if (others) {
        await this.#ground.clock.sleep(busyPauseMs, signal);
        this.#refuseAll();
      } else await this.#runAll();
    } finally {
      releaseLease(store, lease);
    }
  }

  #refuseAll(): void {
    for (const name of this.#arrivals.splice(0))
      this.#waiting.tell(landingBusy(requireTrack(this.#ground.store, name)));
  }

  async #runAll(): Promise<void> {
    const what = { ground: this.#ground, config: this.#config, options: this.#options };
    this.#turn = new QueueRun(what, { waiting: this.#waiting, arrivals: this.#arrivals });
    try {
      await this.#turn.run();
    } finally {
      this.#turn = undefined;
    }
  }
}
