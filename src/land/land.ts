import { rmSync } from "node:fs";
import type { Config } from "../ground/config/config.ts";
import { branchRef, findCommit } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { beginProgram, openPrograms } from "../ground/program.ts";
import { type Lease, releaseLease, takeLease } from "../ground/store/lease.ts";
import type { Track } from "../grow/track.ts";
import { requireTrack } from "../grow/track-store.ts";
import { runFrom } from "./attempt.ts";
import { siteOf } from "./land-site.ts";
import {
  type LandingFacts,
  type LandReport,
  type LandStep,
  nextStep,
  reportOf,
  type Strategy,
  type Verdict,
} from "./landing.ts";
import { findLatestLanding } from "./landing-store.ts";
import { landingKind, recoverLandings } from "./recover.ts";
import type { LandProgress } from "./site.ts";

export interface LandOptions {
  /** A person has looked at changes of guarded paths and lets them in. */
  readonly acceptGate?: boolean;
  /** Land untested. */
  readonly noGate?: boolean;
  /** A forge has merged it: only its ticks are left to land. */
  readonly merged?: boolean;
  /** A track that holds merges is squashed when it would be rebased. */
  readonly strategy?: Strategy;
  readonly onProgress?: (progress: LandProgress) => void;
  /** Ends the gate and takes the landing back; once the checkouts are being moved, it goes through. */
  readonly signal?: AbortSignal;
}

/** How often a target that others move is followed in one call. */
const maxAttempts = 3;

/**
 * Lands one track: the tree that lands is the tree that was tested, or nothing lands. How it ended
 * is a value; it is recorded, and the track is moved on, before this returns.
 * @throws PleachError `track/none`, and what `recoverLandings` throws
 */
export async function landTrack(
  ground: Ground,
  config: Config,
  name: TrackName,
  options: LandOptions = {},
): Promise<LandReport> {
  const track = requireTrack(ground.store, name);
  const lease = await waitForLease(ground, options);
  if (lease === undefined) return busy(track);
  try {
    await recoverLandings(ground, config);
    if (openPrograms(ground.store, landingKind).length > 0) return busy(track);
    for (let attempts = 1; ; attempts += 1) {
      const report = await attempt(ground, config, name, options);
      if (report.outcome !== "moved" || attempts === maxAttempts) return report;
    }
  } finally {
    releaseLease(ground.store, lease);
  }
}

async function attempt(
  ground: Ground,
  config: Config,
  name: TrackName,
  options: LandOptions,
): Promise<LandReport> {
  const track = requireTrack(ground.store, name);
  const waits = await findWaiting(ground, track);
  if (waits !== undefined) return waits;
  const facts: LandingFacts = {
    track: name,
    target: config.target,
    strategy: options.strategy ?? "rebase",
    acceptGate: options.acceptGate ?? false,
    noGate: options.noGate ?? false,
    ...(options.merged === true ? { merged: true, noGate: true } : {}),
  };
  const start = { kind: landingKind, subject: name, facts };
  const landing = beginProgram<LandStep, LandingFacts>(ground, start);
  const site = siteOf({
    ...{ ground, config, track, id: landing.id },
    ...(options.onProgress === undefined ? {} : { progress: options.onProgress }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  rmSync(site.logFile, { force: true });
  return await runFrom({ site, landing }, nextStep(undefined, facts));
}

/** A conflict of two commits stays one: with neither moved, there is nothing to try. */
async function findWaiting({ store, git }: Ground, track: Track): Promise<LandReport | undefined> {
  if (track.at.state !== "handed-back" || track.at.kind !== "conflict") return undefined;
  const last = findLatestLanding(store, track.name);
  if (last?.tip === undefined || last.onto === undefined) return undefined;
  if ((await findCommit(git, branchRef(track.branch))) !== last.tip) return undefined;
  if ((await findCommit(git, branchRef(track.target))) !== last.onto) return undefined;
  return report(track, {
    outcome: "handed-back",
    reason: "conflict",
    detail: `${track.name} was handed back, and neither it nor ${track.target} has moved since`,
    hint: `pleach start ${track.name} goes on with it; pleach handoff ${track.name} says what is to do`,
    paths: track.at.paths,
  });
}

const report = ({ name, target }: Track, verdict: Verdict): LandReport =>
  reportOf({
    ...{ track: name, target, strategy: "rebase", acceptGate: false, noGate: false },
    verdict,
  });

function busy(track: Track): LandReport {
  return report(track, {
    outcome: "refused",
    reason: "busy",
    detail: "another landing is under way in this repository",
    hint: `wait for it, then: pleach land ${track.name}`,
    paths: [],
  });
}

const leaseLimitMs = 30_000;
const pollMs = 100;

/** One landing at a time: waits a while for another one to end. */
async function waitForLease(
  { store, self, clock }: Ground,
  { signal, onProgress }: LandOptions,
): Promise<Lease | undefined> {
  const until = clock.monotonic() + leaseLimitMs;
  for (let told = false; ; told = true) {
    const taking = await takeLease(store, "land", self, clock.now());
    if (taking.kind === "taken") return taking.lease;
    if (clock.monotonic() > until || signal?.aborted === true) return undefined;
    const text = `waiting for another landing (process ${taking.owner.pid})`;
    if (!told) onProgress?.({ kind: "note", text });
    await clock.sleep(pollMs, signal);
  }
}
