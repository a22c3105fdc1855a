import { branchRef, findCommit } from "../../ground/git/refs.ts";
import type { Ground } from "../../ground/ground.ts";
import type { BranchName, TrackName } from "../../ground/ids.ts";
import { type Lease, takeLease } from "../../ground/store/lease.ts";
import type { Track } from "../../track/track.ts";
import { recordTrack, requireTrack } from "../../track/track-store.ts";
import { landingLease } from "../attempt/orphans.ts";
import type { LandOptions } from "../landing/land-options.ts";
import type { LandingVerdict, LandReport } from "../landing/landing.ts";
import { findLatestLanding } from "../landing/landing-store.ts";
import { reportOf } from "../landing/report.ts";

/**
 * Finds the report for a conflict of which neither branch has moved: there is nothing to try again.
 */
export async function findWaiting(
  { store, git }: Ground,
  track: Track,
): Promise<LandReport | undefined> {
  if (track.at.state !== "handed-back" || track.at.kind !== "conflict") return undefined;
  const last = findLatestLanding(store, track.name);
  if (last?.tip === undefined || last.onto === undefined) return undefined;
  if ((await findCommit(git, branchRef(track.branch))) !== last.tip) return undefined;
  if ((await findCommit(git, branchRef(track.target))) !== last.onto) return undefined;
  return reportFor(track, {
    outcome: "handed-back",
    reason: "conflict",
    detail: `${track.name} was handed back, and neither it nor ${track.target} has moved since`,
    hint: `pleach start ${track.name} goes on with it; pleach handoff ${track.name} says what is to do`,
    paths: track.at.paths,
  });
}

/** Builds the report of a landing that did not even begin. */
export const reportFor = ({ name, target }: Track, verdict: LandingVerdict): LandReport =>
  reportOf({
    ...{ track: name, target, strategy: "rebase", acceptGate: false, noGate: false },
    verdict,
  });

/** Gives a track the state back that it came with. */
export function returnTrack(ground: Ground, name: TrackName, verdict: LandingVerdict): LandReport {
  const track = requireTrack(ground.store, name);
  if (track.at.state === "landing") {
    recordTrack(ground, name, { type: "track.ready", tip: track.at.tip });
  }
  return reportFor(track, verdict);
}

/** The verdict on a landing that a person has ended before it was decided. */
export const interrupted = (hint: string): LandingVerdict => ({
  ...{ outcome: "refused", reason: "interrupted", detail: "the landing was interrupted" },
  ...{ hint, paths: [] },
});

/** The verdict on a landing under which the target moved more often than the queue follows it. */
export const movedAgain = (track: TrackName, target: BranchName): LandingVerdict => ({
  ...{ outcome: "moved", reason: "moved", paths: [] },
  detail: `${target} was moved by somebody else again and again`,
  hint: `pleach land ${track} tries again`,
});

export function landingBusy(track: Track): LandReport {
  return reportFor(track, {
    outcome: "refused",
    reason: "busy",
    detail: "another landing is under way in this repository",
    hint: `wait for it, then: pleach land ${track.name}`,
    paths: [],
  });
}

const leaseLimitMs = 30_000;
const pollMs = 100;

/**
 * Takes the lease for landing; waits up to 30 s for another landing to end, and returns undefined
 * after that.
 */
export async function waitForLease(
  { store, self, clock }: Ground,
  { signal, onProgress }: Pick<LandOptions, "signal" | "onProgress">,
): Promise<Lease | undefined> {
  const until = clock.monotonic() + leaseLimitMs;
  for (let told = false; ; told = true) {
    const taking = await takeLease(store, landingLease, self, clock.now());
    if (taking.kind === "taken") return taking.lease;
    if (clock.monotonic() > until || signal?.aborted === true) return undefined;
    const text = `waiting for another landing (process ${taking.owner.pid})`;
    if (!told) onProgress?.({ kind: "note", text });
    await clock.sleep(pollMs, signal);
  }
}
