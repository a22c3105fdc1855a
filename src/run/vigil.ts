import { existsSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { inBackground, Misfortunes } from "../ground/background.ts";
import type { Config } from "../ground/config/config.ts";
import { readStatus } from "../ground/git/status.ts";
import type { Ground } from "../ground/ground.ts";
import { openPrograms } from "../ground/program.ts";
import { waitForChange } from "../ground/store/watch.ts";
import { isLive, type Track } from "../grow/track.ts";
import { trackFiles } from "../grow/track-files.ts";
import { allTracks } from "../grow/track-store.ts";
import { openWorkers } from "../grow/worker-store.ts";
import { type LandingFacts, type LandStep, mayHaveTouched } from "../land/landing.ts";
import { landingKind } from "../land/recover.ts";
import { stampOf } from "../radar/pulse.ts";
import {
  changedNames,
  type Fingerprint,
  fingerprint,
  rememberFingerprint,
} from "./doctor/fingerprint.ts";
import { type Stray, straysFrom, type Witness } from "./stray.ts";
import { Witnesses } from "./witnesses.ts";

/*
 * Nothing keeps an agent from writing outside its worktree: the user may allow it that, and the
 * repository's own `.git` has to be writable for its commits. So the user's checkout is looked at
 * while workers move, and git's configuration whenever one has ended; what has changed is said, with
 * the worker's name where there is evidence for it. Without, it may have been the user.
 */

const workerEnds: ReadonlySet<string> = new Set(["worker.ended", "worker.killed", "worker.lost"]);

/** How often it is looked whether workers move at all. */
const pulseMs = 2_000;
/** The shortest time between two looks at the checkout, and the longest while somebody works. */
const restMs = 2_000;
const blindMs = 5_000;
/** Looks take at most one part in so many of the time while workers move, and while they do not. */
const share = 20;
const blindShare = 200;

const lookOf = "looking after the checkout";

/** Watches over one run. */
export class Vigil {
  readonly #ground: Ground;
  readonly #config: Config;
  readonly #witnesses: Witnesses;
  #repository: Fingerprint = {};
  #checkout: Fingerprint = {};
  /** When the checkout was last looked at, in epoch milliseconds. */
  #lookedAt = 0;
  /** Changes that nobody was named for when they were first seen: the next look tells them. */
  #unclaimed: ReadonlySet<string> = new Set();
  #cursor: number;
  /** One look after the other. */
  #turn: Promise<void> = Promise.resolve();
  readonly #notes: string[] = [];
  readonly #misfortunes: Misfortunes;

  constructor(ground: Ground, config: Config) {
    this.#ground = ground;
    this.#config = config;
    this.#witnesses = new Witnesses(ground);
    this.#cursor = ground.store.lastSeq();
    this.#misfortunes = new Misfortunes(ground.store, lookOf);
  }

  /** Remembers how things are; what workers of an earlier run have changed stays visible to the doctor. */
  async begin(): Promise<void> {
    if (openWorkers(this.#ground.store).length === 0) await rememberFingerprint(this.#ground);
    this.#repository = await fingerprint(this.#ground);
    this.#witnesses.named(this.#live());
    this.#lookedAt = this.#ground.clock.now();
    this.#checkout = await checkoutFingerprint(this.#ground, this.#config);
  }

  /** Looks again if a worker has ended since the last look, and tells the journal what has changed. */
  async look(): Promise<void> {
    const { store } = this.#ground;
    const seen = store.lastSeq();
    const ended = store.events(this.#cursor).findLast(({ type }) => workerEnds.has(type));
    if (ended === undefined) return;
    const look = async () => await this.#lookAll();
    const isDone = await this.#inTurn(look).catch((error: unknown) => this.#misfortunes.say(error));
    if (isDone === true) this.#cursor = seen;
  }

  /** Looks at the checkout while workers move, until it is stopped. */
  follow(): { readonly stop: () => Promise<void> } {
    const following = inBackground(this.#ground, lookOf, (signal) => this.#follow(signal));
    return {
      stop: async () => {
        await following.stop();
        if (this.#unclaimed.size === 0) return;
        const look = async () => await this.#lookAtCheckout({ isLast: true });
        await this.#inTurn(look).catch((error: unknown) => this.#misfortunes.say(error));
      },
    };
  }

  /** What was found, a sentence each. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { clock, store } = this.#ground;
    let pulse = "";
    let [rested, blind] = [0, 0];
    while (!signal.aborted) {
      const since = store.version();
      const tracks = this.#live();
      const began = clock.monotonic();
      const beat = this.#pulseOf(tracks);
      const isWorking = tracks.some(({ at }) => at.state === "growing");
      if (isWorking && began >= rested && (beat !== pulse || began >= blind)) {
        // What goes wrong here is met again by the look at a worker's end, and said there.
        await this.#inTurn(async () => await this.#lookAtCheckout({ isLast: false })).catch(
          () => undefined,
        );
        const tookMs = clock.monotonic() - began;
        rested = clock.monotonic() + Math.max(restMs, tookMs * share);
        blind = clock.monotonic() + Math.max(blindMs, tookMs * blindShare);
        pulse = this.#unclaimed.size > 0 ? "" : beat;
      }
      await waitForChange(store, clock, { since, limitMs: pulseMs, signal });
    }
  }

  #live(): readonly Track[] {
    return allTracks(this.#ground.store).filter(
      (track) => isLive(track) && existsSync(track.worktree),
    );
  }

  #pulseOf(tracks: readonly Track[]): string {
    const { stateDir } = this.#ground.repo;
    return tracks.map(({ name }) => stampOf(trackFiles(stateDir, name).output)).join("\n");
  }

  async #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(act);
    this.#turn = mine.then(
      () => undefined,
      () => undefined,
    );
    return await mine;
  }

  /** @returns false while a landing is on its way: its own half of the work shows in the checkout */
  async #lookAll(): Promise<boolean> {
    if (!(await this.#lookAtCheckout({ isLast: true }))) return false;
    const now = await fingerprint(this.#ground);
    const names = changedNames(this.#repository, now);
    this.#repository = now;
    if (names.length === 0) return true;
    const { store, repo } = this.#ground;
    store.transaction(() => store.append({ type: "repository.changed", paths: names }));
    this.#notes.push(
      `while workers grew, this changed in ${repo.commonDir}, by you or by an agent: ${names.join(", ")}`,
    );
    return true;
  }

  /** @param isLast the worker has ended: what speaks for it is all there */
  async #lookAtCheckout({ isLast }: { readonly isLast: boolean }): Promise<boolean> {
    const { store, clock } = this.#ground;
    if (isAdvancing(store)) return false;
    const began = clock.now();
    const seen = store.lastSeq();
    const now = await checkoutFingerprint(this.#ground, this.#config);
    const isMoved = store.events(seen).some(({ type }) => type.startsWith("landing."));
    if (isMoved || isAdvancing(store)) return false;
    const live = this.#live();
    const named = this.#witnesses.named(live);
    const fresh = [...changedNames(this.#checkout, now), ...this.#written(named)];
    const changed = new Set([...this.#unclaimed, ...fresh]);
    // The process table is only read when there is something to ask it.
    const held = changed.size > 0 ? await this.#witnesses.holding(live) : [];
    const witnesses = [...named, ...held];
    const waiting = new Set<string>();
    for (const stray of straysFrom([...changed], witnesses)) {
      const isNamed = stray.track !== undefined || isLast;
      const due = stray.paths.filter((path) => isNamed || this.#unclaimed.has(path));
      if (due.length > 0) this.#tell({ ...stray, paths: due });
      for (const path of stray.paths) if (!due.includes(path)) waiting.add(path);
    }
    this.#unclaimed = waiting;
    this.#checkout = now;
    this.#lookedAt = began;
    return true;
  }

  /** Files a tool has named that were written just now: git says nothing of what is ignored. */
  #written(witnesses: readonly Witness[]): readonly string[] {
    const { mainTop } = this.#ground.repo;
    const root = relative(mainTop, this.#config.worktrees.root);
    return witnesses
      .map(({ path }) => path)
      .filter((path) => {
        if (path.endsWith("/") || path === this.#config.tasks || path.startsWith(`${root}/`)) {
          return false;
        }
        const stat = statSync(join(mainTop, path), { throwIfNoEntry: false });
        return stat?.isFile() === true && stat.mtimeMs >= this.#lookedAt;
      });
  }

  #tell({ track, how, paths }: Stray): void {
    const { store, repo } = this.#ground;
    const type = "checkout.changed";
    if (track === undefined || how === undefined) {
      store.transaction(() => store.append({ type, paths }));
      const who = "by you or by an agent";
      this.#notes.push(
        `while workers grew, this changed in ${repo.mainTop}, ${who}: ${paths.join(", ")}`,
      );
      return;
    }
    store.transaction(() => store.append({ type, track, paths, how }));
    this.#notes.push(`${track} wrote into ${repo.mainTop} (${how}): ${paths.join(", ")}`);
  }
}

/** Whether a landing is at the checkouts now; while it rebases and tests it is not. */
function isAdvancing(store: Ground["store"]): boolean {
  return openPrograms<LandStep, LandingFacts>(store, landingKind).some(
    ({ step }) => step !== undefined && (step === "roll-back" || mayHaveTouched(step)),
  );
}

async function checkoutFingerprint(
  { git, repo }: Pick<Ground, "git" | "repo">,
  config: Config,
): Promise<Fingerprint> {
  const how = { untracked: "normal", ignored: true, traceless: true } as const;
  const { entries } = await readStatus(git.at(repo.mainTop), how);
  return Object.fromEntries(
    entries
      // People work on their backlog all the time, and landings tick it.
      .filter(({ path }) => path !== config.tasks)
      .map(({ path, kind, staged }) => [path, `${kind}/${staged}/${ageOf(repo.mainTop, path)}`]),
  );
}

function ageOf(top: string, path: string): string {
  const stat = statSync(join(top, path), { throwIfNoEntry: false });
  return stat === undefined ? "gone" : `${stat.mtimeMs}/${stat.size}`;
}
