import { assertNever, PleachError } from "../../ground/errors.ts";
import type { Sha, TrackName } from "../../ground/ids.ts";
import type { Program } from "../../ground/program.ts";
import { findTrack, recordTrack, requireTrack } from "../../track/track-store.ts";
import {
  advanceCheckouts,
  rollBack,
  stageTasks,
  swapTarget,
  torn,
  verifyHeads,
} from "../advance/advance.ts";
import { findCheckouts } from "../advance/find-checkouts.ts";
import { restoreFile } from "../advance/mend.ts";
import { writeTasks } from "../advance/write-tasks.ts";
import { seeTarget } from "../gate/allowance-store.ts";
import { findOutgrown, gateLanding } from "../gate/gate-target.ts";
import { eventAfter } from "../landing/event-after.ts";
import {
  isHandBack,
  isPreparing,
  type LandingFacts,
  type LandingVerdict,
  type LandReport,
  type LandStep,
  type Member,
  mayHaveTouched,
  membersOf,
  nextStep,
} from "../landing/landing.ts";
import { recordLanding } from "../landing/landing-store.ts";
import { lookForLate, recordLate } from "../landing/late.ts";
import { reportOf } from "../landing/report.ts";
import { refused, type Site } from "../landing/site.ts";
import { regenerate } from "../weave/regenerate.ts";
import { commitTicks } from "../weave/tick.ts";
import { verify } from "../weave/verify.ts";
import { integrate } from "../weave/weave.ts";
import { handBack, handBackHint } from "./hand-back.ts";

export type Landing = Program<LandStep, LandingFacts>;

/** An attempt to land a track, or several together: the place and the program. */
export interface Attempt {
  readonly site: Site;
  readonly landing: Landing;
}

/**
 * Runs a landing from a step to its end, whatever that is, and records it: a report for each track.
 */
export async function runFrom(
  attempt: Attempt,
  first: LandStep | undefined,
): Promise<readonly LandReport[]> {
  let step = first;
  while (step !== undefined) {
    const failure = await takeStep(attempt, step);
    const { facts } = attempt.landing;
    if (failure === undefined) {
      step = nextStep(step, facts);
    } else if (mayHaveTouched(step) && facts.swapped !== true) {
      await takeBack(attempt, failure);
      step = undefined;
    } else {
      return end(attempt, failure);
    }
  }
  return end(attempt, attempt.landing.facts.verdict);
}

/** A landing that is put together and tested, with its next step. */
export interface PreparedLanding {
  readonly verdict: LandingVerdict | undefined;
  readonly next: LandStep | undefined;
}

/**
 * Puts a landing together and tests it, and leaves it there: nothing is decided about its tracks.
 * `runFrom` goes on with it, from the step that is given back.
 */
export async function prepareLanding(
  attempt: Attempt,
  onStep: (facts: LandingFacts) => void,
): Promise<PreparedLanding> {
  let next = nextStep(undefined, attempt.landing.facts);
  while (next !== undefined && isPreparing(next)) {
    const verdict = await takeStep(attempt, next);
    const { facts } = attempt.landing;
    onStep(facts);
    if (verdict !== undefined) return { verdict, next: undefined };
    next = nextStep(next, facts);
  }
  return { verdict: attempt.landing.facts.verdict, next };
}

/** @returns the verdict when the step failed in a way that a person can do something about */
async function takeStep(attempt: Attempt, step: LandStep): Promise<LandingVerdict | undefined> {
  const { landing, site } = attempt;
  site.progress({ kind: "step", step });
  try {
    await landing.step(
      step,
      async (facts) => await interruptible(site, step, facts),
      (facts) => record(attempt, step, facts),
      // These steps change only the landing's own worktree, which the next landing cleans.
      isPreparing(step) ? "light" : "lasting",
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof PleachError)) throw error;
    return refused("failed", { detail: error.message, hint: error.hint });
  }
}

/**
 * Acts, unless a person has interrupted: a running step ends, and no further one begins before the
 * advance.
 */
async function interruptible(
  site: Site,
  step: LandStep,
  facts: LandingFacts,
): Promise<Partial<LandingFacts>> {
  const early = !mayHaveTouched(step) && step !== "hand-back" && step !== "roll-back";
  if (early && site.signal?.aborted === true) {
    const detail = "the landing was interrupted";
    const hint = `pleach land ${site.track.name} tries again`;
    return { verdict: { outcome: "refused", reason: "interrupted", detail, hint, paths: [] } };
  }
  return await act(site, step, facts);
}

async function act(
  site: Site,
  step: LandStep,
  facts: LandingFacts,
): Promise<Partial<LandingFacts>> {
  switch (step) {
    case "verify":
      return await verify(site, facts);
    case "integrate":
      return await integrate(site, facts);
    case "regenerate":
      return await regenerate(site, facts);
    case "tick":
      return await commitTicks(site, facts);
    case "gate":
      return await gateLanding(site, facts);
    case "survey": {
      const verdict = findOutgrown(site, facts);
      return verdict === undefined ? await findCheckouts(site, facts) : { verdict };
    }
    case "stage-tasks":
      return await stageTasks(site, facts);
    case "checkout":
      return await advanceCheckouts(site, facts);
    case "verify-head":
      return await verifyHeads(site, facts);
    case "swap-ref":
      return await swapTarget(site, facts);
    case "write-tasks":
      return await writeTasks(site, facts);
    case "record":
      return await lookForLate(site, facts);
    case "roll-back":
      return await undo(site, facts);
    case "hand-back":
      return await handBack(site, facts);
    default:
      return assertNever(step);
  }
}

/** Takes the checkouts back: half-done ones by content first, so that git can do the rest. */
async function undo(site: Site, facts: LandingFacts): Promise<Partial<LandingFacts>> {
  for (const checkout of facts.checkouts ?? []) {
    const put = await restoreFile(site, checkout, facts);
    if (put.kind !== "torn") continue;
    return { verdict: torn(site, checkout, { head: facts.onto ?? "", why: put.why }) };
  }
  const verdict = await rollBack(site, facts);
  return verdict === undefined ? {} : { verdict };
}

/** Takes the checkouts back after an error on the way, with the error as the verdict. */
async function takeBack({ landing, site }: Attempt, failure: LandingVerdict): Promise<void> {
  await landing.step("roll-back", async (facts) => {
    return { verdict: failure, ...(await undo(site, facts)) };
  });
}

/** Writes the effect of a step into the projections, in the transaction of its result. */
function record({ site, landing }: Attempt, step: LandStep, facts: LandingFacts): void {
  const { ground } = site;
  // The tracks of a landing that was stopped meanwhile may be in other hands by now.
  if (step === "verify" && facts.verdict === undefined && site.signal?.aborted !== true) {
    for (const { track, tip } of membersOf(facts)) {
      if (tip !== undefined) beginLanding(site, track, tip);
    }
  }
  if (step === "record" && facts.commit !== undefined) {
    if (facts.gate !== undefined) seeTarget(ground, site.config, facts.gate.allowed ?? []);
    for (const member of membersOf(facts)) {
      recordTrack(ground, member.track, { type: "track.landed", commit: facts.commit });
      recordLanding(ground, landing.id, {
        ...reportOf(facts, member),
        ...commitsOf(facts, member),
      });
    }
    for (const late of facts.late ?? []) recordLate(ground, late, site.config.land.tries);
  }
}

/**
 * Marks a track as landing. It may be landing already: in a gate by itself, before others joined
 * it.
 */
function beginLanding({ ground }: Site, name: TrackName, tip: Sha): void {
  const { at } = requireTrack(ground.store, name);
  if (at.state === "landing" && at.tip === tip) return;
  if (at.state === "landing") recordTrack(ground, name, { type: "track.ready", tip });
  recordTrack(ground, name, { type: "track.landing", tip });
}

const commitsOf = ({ onto }: LandingFacts, { tip }: Member) => ({
  ...(tip === undefined ? {} : { tip }),
  ...(onto === undefined ? {} : { onto }),
});

/**
 * Ends the landing. Landed tracks are recorded by their own step; everything else is recorded here.
 */
export function end(attempt: Attempt, verdict: LandingVerdict | undefined): readonly LandReport[] {
  const { landing, site } = attempt;
  const { facts } = landing;
  if (verdict === undefined) {
    if (facts.commit === undefined) throw new Error("nothing has landed, and nothing says why");
    landing.finish(() => undefined);
    return membersOf(facts).map((member) => reportOf(facts, member));
  }
  if (facts.others === undefined) return [endAlone(attempt, verdict)];
  // The reason why a union does not land is found out track by track.
  landing.finish(() => {
    for (const { track } of membersOf(facts)) moveOn(site, track, facts, verdict);
  });
  return membersOf(facts).map((member) => reportOf({ ...facts, verdict }, member));
}

function moveOn(site: Site, name: TrackName, facts: LandingFacts, verdict: LandingVerdict): void {
  const track = findTrack(site.ground.store, name);
  if (track === undefined) return;
  const event = eventAfter(track, facts, verdict, site.config.land.tries);
  if (event !== undefined) recordTrack(site.ground, name, event);
}

function endAlone({ site, landing }: Attempt, verdict: LandingVerdict): LandReport {
  const { ground, config } = site;
  const { facts } = landing;
  const track = requireTrack(ground.store, facts.track);
  const hint = hintAfter(verdict, handBackHint(track, config.land.tries));
  const last = { ...verdict, hint };
  const event = eventAfter(track, facts, last, config.land.tries);
  const tries = event?.type === "track.blocked" && event.reason === "tries";
  const told: LandingVerdict = tries
    ? { ...last, outcome: "needs-human", reason: "tries", detail: event.detail }
    : last;
  const report = reportOf({ ...facts, verdict: told });
  landing.finish(() => {
    if (event !== undefined) recordTrack(ground, track.name, event);
    recordLanding(ground, landing.id, { ...report, ...commitsOf(facts, facts) });
  });
  return report;
}

/** Words the hint: how the work goes on and, after a red gate, where its whole output is kept. */
function hintAfter(verdict: LandingVerdict, goOn: string): string {
  if (!isHandBack(verdict)) return verdict.hint;
  return verdict.outcome === "conflict" ? goOn : `${goOn}\n${verdict.hint}`;
}
