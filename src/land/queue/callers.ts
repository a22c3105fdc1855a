import type { TrackName } from "../../ground/ids.ts";
import { type Attempt, end } from "../attempt/attempt.ts";
import { type LandingVerdict, type LandReport, membersOf } from "../landing/landing.ts";
import type { QueueJob } from "./gate-job.ts";

interface Caller {
  readonly report: Promise<LandReport>;
  readonly resolve: (report: LandReport) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The callers that wait for a track's landing, and the programs that still stand for such a track.
 */
export class Waiting {
  readonly #callers = new Map<TrackName, Caller>();
  /** Programs of no further use, whose tracks may not have passed to another program yet. */
  #spent: Attempt[] = [];

  get names(): readonly TrackName[] {
    return [...this.#callers.keys()];
  }

  /** @returns the report to wait for, and whether it is asked for the first time */
  ask(name: TrackName): { readonly report: Promise<LandReport>; readonly isNew: boolean } {
    const known = this.#callers.get(name);
    if (known !== undefined) return { report: known.report, isNew: false };
    const { promise: report, resolve, reject } = Promise.withResolvers<LandReport>();
    this.#callers.set(name, { report, resolve, reject });
    return { report, isNew: true };
  }

  tell(report: LandReport): void {
    this.#callers.get(report.track)?.resolve(report);
    this.#callers.delete(report.track);
  }

  fail(name: TrackName, error: unknown): void {
    this.#callers.get(name)?.reject(error);
    this.#callers.delete(name);
  }

  /** Keeps a program that is no longer needed, to be closed once its tracks are in other hands. */
  keep(attempt: Attempt): void {
    this.#spent.push(attempt);
  }

  /** Closes the kept programs whose tracks have left the queue, or are in a program begun since. */
  sweep(jobs: Iterable<QueueJob>): void {
    const begun = [...jobs].filter(({ attempt }) => attempt !== undefined);
    const held = new Set(begun.flatMap(({ tracks }) => tracks));
    const isFree = (name: TrackName): boolean => held.has(name) || !this.#callers.has(name);
    const [closed, left] = [
      this.#spent.filter((attempt) => tracksOf(attempt).every(isFree)),
      this.#spent.filter((attempt) => !tracksOf(attempt).every(isFree)),
    ];
    for (const { landing } of closed) landing.finish(() => undefined);
    this.#spent = left;
  }

  /**
   * Ends all programs as they are: a track that is still waited for gets its earlier state back.
   */
  close(jobs: Iterable<QueueJob>, verdict: LandingVerdict): void {
    const attempts = [...[...jobs].flatMap(({ attempt }) => attempt ?? []), ...this.#spent];
    this.#spent = [];
    // Programs of a single track go first: their end is what is reported of that track.
    const alone = attempts.filter(({ site }) => site.others.length === 0);
    for (const attempt of [...alone, ...attempts.filter((one) => !alone.includes(one))]) {
      const isOpen = tracksOf(attempt).some((name) => this.#callers.has(name));
      if (!isOpen) attempt.landing.finish(() => undefined);
      else for (const report of end(attempt, verdict)) this.tell(report);
    }
  }
}

const tracksOf = ({ landing }: Attempt): readonly TrackName[] =>
  membersOf(landing.facts).map(({ track }) => track);
