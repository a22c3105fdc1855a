import { existsSync } from "node:fs";
import type { Config } from "../../ground/config/config.ts";
import { ExitCode, PleachError } from "../../ground/errors.ts";
import { branchRef, findCommit } from "../../ground/git/refs.ts";
import type { Ground } from "../../ground/ground.ts";
import { findMarked } from "../../ground/proc/find.ts";
import {
  type Adopting,
  adoptProgram,
  type OpenProgram,
  openPrograms,
} from "../../ground/program.ts";
import type { Track } from "../../track/track.ts";
import { findTrack } from "../../track/track-store.ts";
import { hasLanded, torn } from "../advance/advance.ts";
import { mend } from "../advance/mend.ts";
import {
  isPreparing,
  type LandingFacts,
  type LandingVerdict,
  type LandReport,
  type LandStep,
  mayHaveTouched,
  membersOf,
  nextStep,
} from "../landing/landing.ts";
import { siteOf } from "../landing/make-site.ts";
import { endMarked, programMark, type Site, targetMoved } from "../landing/site.ts";
import { type Attempt, runFrom } from "./attempt.ts";
import { freeOrphans, landingKind } from "./orphans.ts";

type OpenLanding = OpenProgram<LandStep, LandingFacts>;

/**
 * Brings landings whose process is gone to their end: forward, when the target or every checkout
 * has the new commit, else back to where they began; a track that is said to land and has no landing
 * is ready again. Call it at each start of a command that may
 * land.
 * @param adopting whether to recover landings as well that an error has broken off in this very
 * process: only allowed to the holder of the lease for landing, before it has begun any
 * @returns the reports of the recovered landings
 * @throws PleachError `land/alive` when the processes of a landing cannot be proven gone
 */
export async function recoverLandings(
  ground: Ground,
  config: Config,
  adopting?: Adopting,
): Promise<readonly LandReport[]> {
  const reports: LandReport[] = [];
  for (const open of openPrograms<LandStep, LandingFacts>(ground.store, landingKind)) {
    const landing = await adoptProgram(ground, open, adopting);
    // The landing's process lives, or another process brings the landing to its end.
    if (landing === undefined) continue;
    await settleProcesses(ground, open);
    const [track, ...others] = membersOf(open.facts).flatMap(
      (member) => findTrack(ground.store, member.track) ?? [],
    );
    if (track === undefined || isOvertaken(open, [track, ...others])) {
      landing.finish(() => undefined);
      continue;
    }
    const target = { ...config, target: open.facts.target };
    const site = siteOf({ ground, config: target, track, others, id: open.id });
    reports.push(...(await bringToEnd({ site, landing }, open)));
  }
  await freeOrphans(ground, adopting?.hasOwn === true);
  return reports;
}

/** Whether the tracks of a tested landing went on without it: in a union, or after it. */
function isOvertaken({ step }: OpenLanding, tracks: readonly Track[]): boolean {
  if (step === undefined || !isPreparing(step)) return false;
  return tracks.every(({ at }) => at.state === "landed" || at.state === "handed-back");
}

const gitLimitMs = 60_000;
const pollMs = 50;

/** Waits up to 60 s for a git that still writes a checkout; everything else is ended. */
async function settleProcesses(ground: Ground, open: OpenLanding): Promise<void> {
  if (open.step !== undefined && mayHaveTouched(open.step)) {
    const until = ground.clock.monotonic() + gitLimitMs;
    while (ground.clock.monotonic() < until) {
      const left = await findMarked(programMark, open.id);
      if (left.kind === "known" && left.processes.length === 0) break;
      await ground.clock.sleep(pollMs);
    }
  }
  if (await endMarked(ground, open.id)) return;
  throw new PleachError({
    code: "land/alive",
    message: `a landing of ${open.facts.track} was broken off, and what it started cannot be proven gone`,
    hint: `ps e | grep ${programMark}=${open.id} shows it; end it, then run the same command again`,
    exitCode: ExitCode.failed,
  });
}

async function bringToEnd(attempt: Attempt, open: OpenLanding): Promise<readonly LandReport[]> {
  const { site, landing } = attempt;
  const { facts } = landing;
  const done = open.phase === "result" ? open.step : undefined;
  const next = open.phase === "result" ? nextStep(done, facts) : open.step;
  // The landing lacks only its last record, or is already on its way back.
  if (next === undefined && open.phase === "result") return await runFrom(attempt, undefined);
  if (next === "roll-back" || next === "hand-back" || next === "record") {
    return await runFrom(attempt, next === "roll-back" ? await backFrom(attempt, open) : next);
  }
  if (next === undefined || !mayHaveTouched(next)) {
    const begun: LandStep = next ?? "verify";
    await landing.step(begun, async () => ({ verdict: interrupted(site) }));
    return await runFrom(attempt, nextStep(begun, landing.facts));
  }
  if (facts.swapped === true || (await hasLanded(site, facts))) return await runFrom(attempt, next);
  const verdict = await verdictOnCheckouts(site, facts, open);
  if (verdict === undefined) return await runFrom(attempt, next);
  const wasTorn = verdict.human === "landing-torn";
  await landing.step(next, async () => ({ verdict }));
  // A torn checkout is left exactly as it was found.
  return await runFrom(attempt, wasTorn ? undefined : "roll-back");
}

/** Undoes half-done checkouts by content, before the rest of the checkouts is taken back. */
async function backFrom(
  { site, landing }: Attempt,
  open: OpenLanding,
): Promise<LandStep | undefined> {
  const verdict = await verdictOnCheckouts(site, landing.facts, open);
  if (verdict?.human !== "landing-torn") return "roll-back";
  await landing.step("roll-back", async () => ({ verdict }));
  return undefined;
}

/**
 * Judges the checkouts; undefined when all have been brought forward, and the target still waits
 * for its swap.
 */
async function verdictOnCheckouts(
  site: Site,
  facts: LandingFacts,
  { begunAt }: OpenLanding,
): Promise<LandingVerdict | undefined> {
  const target = await findCommit(site.git, branchRef(facts.target));
  let verdict =
    target === facts.onto ? undefined : targetMoved(`${facts.target} was moved meanwhile`);
  for (const checkout of facts.checkouts ?? []) {
    if (!existsSync(checkout.folder)) continue;
    const mended = await mend(site, checkout, { facts, begunAt });
    if (mended.kind === "torn") {
      return torn(site, checkout, { head: target ?? "", why: mended.why });
    }
    if (mended.kind === "old") verdict ??= interrupted(site);
  }
  return verdict;
}

function interrupted({ track }: Site): LandingVerdict {
  const detail = `a landing of ${track.name} was broken off, and nothing of it is left`;
  const hint = `pleach land ${track.name} tries again`;
  return { outcome: "refused", reason: "interrupted", detail, hint, paths: [] };
}
