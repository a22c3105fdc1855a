import { existsSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { inBackground, Misfortunes } from "../../ground/background.ts";
import type { Config } from "../../ground/config/config.ts";
import { readStatus } from "../../ground/git/status.ts";
import type { Ground } from "../../ground/ground.ts";
import { openPrograms } from "../../ground/program.ts";
import { waitForChange } from "../../ground/store/watch.ts";
import { statInTree } from "../../ground/tree-file.ts";
import { landingKind } from "../../land/attempt/orphans.ts";
import { type LandingFacts, type LandStep, mayHaveTouched } from "../../land/landing/landing.ts";
import { stampOf } from "../../radar/pulse.ts";
import { isLive, type Track } from "../../track/track.ts";
import { trackFiles } from "../../track/track-files.ts";
import { allTracks } from "../../track/track-store.ts";
import { openWorkers } from "../../worker/worker-store.ts";
import { changedNames, type Fingerprint, fingerprint, rememberFingerprint } from "./fingerprint.ts";
import { type StrayWrite, strayWritesFrom, type WriteClue } from "./stray-write.ts";
import { TargetMoves } from "./target-moves.ts";
import { WriteAttribution } from "./write-attribution.ts";

/*
 * Nothing keeps an agent from writing outside its worktree: the user may allow that, and the
 * repository's own `.git` has to be writable for its commits. So the user's checkout is looked at
 * while workers move, and with git's configuration and the target whenever a worker or a gate has
 * ended; changes are told, with the worker's name where there is evidence for it. Without evidence,
 * the change may be the user's.
 */

/** Events after which there may be a change to see: the end of an agent's work, or of a gate. */
const ends: ReadonlySet<string> = new Set([
  ...["worker.ended", "worker.killed", "worker.lost"],
  ...["gate.passed", "gate.failed"],
]);

/** Time between two looks whether workers move at all: 2 s. */
const pulseMs = 2_000;
/** Shortest time between two looks at the checkout, and longest while a worker is active. */
const restMs = 2_000;
const blindMs = 5_000;
/** Divisors of the time that looks may take while workers move, and while they do not. */
const share = 20;
const blindShare = 200;

const lookOf = "looking after the checkout";

/** A watch over the checkout during one run. */
export class CheckoutGuard {
  readonly #ground: Ground;
  readonly #config: Config;
  readonly #clues: WriteAttribution;
  readonly #target: TargetMoves;
  #repository: Fingerprint = {};
  #checkout: Fingerprint = {};
  /** When the checkout was last looked at, in epoch milliseconds. */
  #lookedAt = 0;
  /** Changes for which no worker was named when first seen: the next look tells them. */
  #unclaimed: ReadonlySet<string> = new Set();
  #cursor: number;
  /** Settles after the last look: looks run one after the other. */
  #turn: Promise<void> = Promise.resolve();
  readonly #notes: string[] = [];
  readonly #misfortunes: Misfortunes;

  constructor(ground: Ground, config: Config) {
    this.#ground = ground;
    this.#config = config;
    this.#clues = new WriteAttribution(ground);
    this.#target = new TargetMoves(ground, config);
    this.#cursor = ground.store.lastSeq();
    this.#misfortunes = new Misfortunes(ground.store, lookOf);
  }

  /**
   * Remembers the present state; changes by workers of an earlier run stay visible to the doctor.
   * @param isRun workers are about to be started: from now on the doctor compares
   */
  async begin({ isRun }: { readonly isRun: boolean }): Promise<void> {
    const isFirst = isRun && openWorkers(this.#ground.store).length === 0;
    if (isFirst) await rememberFingerprint(this.#ground);
    await this.#target.begin();
    this.#repository = await fingerprint(this.#ground);
    this.#clues.named(this.#live());
    this.#lookedAt = this.#ground.clock.now();
    this.#checkout = await checkoutFingerprint(this.#ground, this.#config);
  }

  /** Looks again if a worker or a gate has ended since the last look, and tells the changes. */
  async look(): Promise<void> {
    const { store } = this.#ground;
    const seen = store.lastSeq();
    const ended = store.events(this.#cursor).findLast(({ type }) => ends.has(type));
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
        await this.look();
        if (this.#unclaimed.size === 0) return;
        const look = async () => await this.#lookAtCheckout({ isLast: true });
        await this.#inTurn(look).catch((error: unknown) => this.#misfortunes.say(error));
      },
    };
  }

  /** The findings, a sentence each. */
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
        // The look at a worker's end meets the same error again, and tells it then.
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

  /**
   * Looks at the checkout, the target and the repository.
   * @returns false while a landing is on its way: its own half of the work shows in the checkout
   */
  async #lookAll(): Promise<boolean> {
    if (!(await this.#lookAtCheckout({ isLast: true }))) return false;
    await this.#lookAtTarget();
    const now = await fingerprint(this.#ground);
    const names = changedNames(this.#repository, now);
    this.#repository = now;
    if (names.length === 0) return true;
    const { store, repo } = this.#ground;
    store.transaction(() => store.append({ type: "repository.changed", paths: names }));
    this.#notes.push(
      `while workers grew, this changed in ${repo.commonDir} or in your own settings of git, by you or by an agent: ${names.join(", ")}`,
    );
    return true;
  }

  async #lookAtTarget(): Promise<void> {
    const move = await this.#target.look();
    if (move === undefined) return;
    const { store } = this.#ground;
    const { target } = this.#config;
    const { from = null, to = null, track, subject } = move;
    const owner = track === undefined ? {} : { track };
    store.transaction(() => store.append({ type: "target.moved", ...owner, target, from, to }));
    const where = `${target} was moved to ${to?.slice(0, 10) ?? "nowhere"} (${subject})`;
    this.#notes.push(
      track === undefined
        ? `${where} by no landing: by you or by an agent`
        : `${where} by no landing: it has commits of ${track} that no gate has tested`,
    );
  }

  /**
   * Looks at the checkout and tells stray writes.
   * @param isLast the worker has ended: all evidence for it is there
   */
  async #lookAtCheckout({ isLast }: { readonly isLast: boolean }): Promise<boolean> {
    const { store, clock } = this.#ground;
    if (isAdvancing(store)) return false;
    const began = clock.now();
    const seen = store.lastSeq();
    const now = await checkoutFingerprint(this.#ground, this.#config);
    const isMoved = store.events(seen).some(({ type }) => type.startsWith("landing."));
    if (isMoved || isAdvancing(store)) return false;
    const live = this.#live();
    const named = this.#clues.named(live);
    const fresh = [...changedNames(this.#checkout, now), ...this.#written(named)];
    const changed = new Set([...this.#unclaimed, ...fresh]);
    // The process table is only read when there is a change to explain.
    const held = changed.size > 0 ? await this.#clues.holding(live) : [];
    const clues = [...named, ...held];
    const waiting = new Set<string>();
    for (const stray of strayWritesFrom([...changed], clues)) {
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

  /**
   * Finds ignored files that a tool has named and that were written just now: git does not list
   * them.
   */
  #written(clues: readonly WriteClue[]): readonly string[] {
    const { mainTop } = this.#ground.repo;
    const root = relative(mainTop, this.#config.worktrees.root);
    return clues
      .map(({ path }) => path)
      .filter((path) => {
        if (path.endsWith("/") || path === this.#config.tasks || path.startsWith(`${root}/`)) {
          return false;
        }
        const stat = statSync(join(mainTop, path), { throwIfNoEntry: false });
        return stat?.isFile() === true && stat.mtimeMs >= this.#lookedAt;
      });
  }

  #tell({ track, how, paths }: StrayWrite): void {
    const { store, repo } = this.#ground;
    const type = "checkout.changed";
    if (track === undefined || how === undefined) {
      store.transaction(() => store.append({ type, paths }));
      const who = "by you, by an agent or by a gate";
      this.#notes.push(
        `while workers grew and gates ran, this changed in ${repo.mainTop}, ${who}: ${paths.join(", ")}`,
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
  const stat = statInTree(top, path);
  return stat === undefined ? "gone" : `${stat.mtimeMs}/${stat.size}`;
}
