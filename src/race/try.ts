import { rmSync } from "node:fs";
import type { Config } from "../ground/config/config.ts";
import { PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { Sha, TrackName } from "../ground/ids.ts";
import { adoptProgram, beginProgram, openPrograms } from "../ground/program.ts";
import { withLease } from "../ground/store/lease.ts";
import { landingKind, landingLease } from "../land/attempt/orphans.ts";
import { recoverLandings } from "../land/attempt/recover.ts";
import { gateLanding } from "../land/gate/gate-target.ts";
import type {
  GateReport,
  LandingFacts,
  LandingVerdict,
  Strategy,
} from "../land/landing/landing.ts";
import { siteOf } from "../land/landing/make-site.ts";
import { endMarked, type LandProgress, refused, type Site } from "../land/landing/site.ts";
import { regenerate } from "../land/weave/regenerate.ts";
import { commitTicks } from "../land/weave/tick.ts";
import { verify } from "../land/weave/verify.ts";
import { integrate } from "../land/weave/weave.ts";
import { requireTrack } from "../track/track-store.ts";

/** The result of a landing's steps up to the gate; nothing lands, and the track stays as it is. */
export type Trial = {
  readonly track: TrackName;
  /** The outcome; `untested` when there is no gate to pass. */
  readonly outcome: "green" | "untested" | LandingVerdict["outcome"];
  /** The reason why the outcome is not green, for people. */
  readonly detail?: string;
  readonly tree?: Sha;
  readonly paths: readonly string[];
  readonly gate: GateReport | null;
  /**
   * Changes of files that the gate reads to decide, in words: a landing would wait for a person, or
   * name them.
   */
  readonly deciding?: string;
};

export interface TryOptions {
  /** How the track would land. */
  readonly strategy?: Strategy;
  readonly onProgress?: (progress: LandProgress) => void;
  readonly signal?: AbortSignal;
}

export const tryKind = "try";
const leaseWaitMs = 60_000;

/**
 * Puts a track onto the target's tip in the landing's own worktree and runs the gate on it, or
 * takes the known result of this very tree. A landing finds the same, so that landing the track
 * afterwards costs no second gate.
 */
export async function tryTrack(
  ground: Ground,
  config: Config,
  name: TrackName,
  options: TryOptions = {},
): Promise<Trial> {
  const held = await withLease(ground, landingLease, { waitMs: leaseWaitMs }, async () => {
    await recoverLandings(ground, config);
    if (openPrograms(ground.store, landingKind).length > 0) return undefined;
    return await tryHolding(ground, config, name, options);
  });
  const trial = held.kind === "held" ? held.result : undefined;
  if (trial !== undefined) return trial;
  const detail = "another landing is under way in this repository";
  return { track: name, outcome: "refused", detail, paths: [], gate: null };
}

async function tryHolding(
  ground: Ground,
  config: Config,
  name: TrackName,
  { strategy = config.land.strategy, onProgress, signal }: TryOptions,
): Promise<Trial> {
  const track = requireTrack(ground.store, name);
  const program = beginProgram<"gate", { readonly track: string }>(ground, {
    ...{ kind: tryKind, subject: name, facts: { track: name } },
  });
  const site = siteOf({
    ...{ ground, config, track, id: program.id },
    ...(onProgress === undefined ? {} : { progress: onProgress }),
    ...(signal === undefined ? {} : { signal }),
  });
  rmSync(site.logFile, { force: true });
  let facts: LandingFacts = {
    ...{ track: name, target: config.target, strategy },
    // Nothing lands, so guarded changes are only told when the track is to land.
    ...{ acceptGate: true, noGate: config.land.gate.length === 0 },
  };
  await program.step("gate", async () => {
    facts = await play(site, facts);
    return {};
  });
  program.finish(() => undefined);
  return trialOf(name, facts);
}

/** Runs the steps of a landing up to its gate; the first verdict ends them. */
async function play(site: Site, begun: LandingFacts): Promise<LandingFacts> {
  let facts = begun;
  try {
    for (const step of [verify, integrate, regenerateIfNeeded, commitTicks, gateIfAny]) {
      facts = { ...facts, ...(await step(site, facts)) };
      if (facts.verdict !== undefined) return facts;
    }
    return facts;
  } catch (error) {
    if (!(error instanceof PleachError)) throw error;
    return { ...facts, verdict: refused("failed", { detail: error.message, hint: error.hint }) };
  }
}

async function regenerateIfNeeded(site: Site, facts: LandingFacts): Promise<Partial<LandingFacts>> {
  return (facts.regenerate ?? []).length === 0 ? {} : await regenerate(site, facts);
}

async function gateIfAny(site: Site, facts: LandingFacts): Promise<Partial<LandingFacts>> {
  if (facts.noGate) return {};
  site.progress({ kind: "step", step: "gate" });
  return await gateLanding(site, facts);
}

function trialOf(track: TrackName, facts: LandingFacts): Trial {
  const { verdict, tree, gate = null, paths = [], noGate, deciding } = facts;
  const said = deciding === undefined ? {} : { deciding };
  const known = { track, paths, gate, ...said, ...(tree === undefined ? {} : { tree }) };
  if (verdict === undefined) return { ...known, outcome: noGate ? "untested" : "green" };
  return { ...known, outcome: verdict.outcome, detail: verdict.detail };
}

/** Ends processes left running by trials whose own process is gone. */
export async function recoverTries(ground: Ground): Promise<void> {
  for (const open of openPrograms<"gate", { readonly track: string }>(ground.store, tryKind)) {
    const program = await adoptProgram(ground, open);
    if (program === undefined) continue;
    // A process that cannot be proven gone is found by the next landing, which needs the same
    // worktree.
    if (await endMarked(ground, open.id)) program.finish(() => undefined);
  }
}
