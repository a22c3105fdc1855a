import type { Config } from "../ground/config/config.ts";
import { hasConsent } from "../ground/config/consent.ts";
import { PleachError } from "../ground/errors.ts";
import { branchRef, findCommit } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import type { ProgramId, Sha, TrackName } from "../ground/ids.ts";
import { beginProgram, openPrograms } from "../ground/program.ts";
import { withLease } from "../ground/store/lease.ts";
import { landingKind, landingLease } from "../land/attempt/orphans.ts";
import { recoverLandings } from "../land/attempt/recover.ts";
import { type BaseVerdict, gateAt, lookUp, note, untried } from "../land/gate/gate-target.ts";
import { siteOf } from "../land/landing/make-site.ts";
import type { LandProgress, Site } from "../land/landing/site.ts";
import { prepareIntegration } from "../land/landing/slot-worktree.ts";
import { tryKind } from "../race/try.ts";
import type { Track } from "../track/track.ts";

export interface BaseOptions {
  /** Whether to run the gate again where it was red before. */
  readonly again?: boolean;
  /** How long to wait for a landing that is under way, in milliseconds. */
  readonly waitMs?: number;
  /** Called when setup and gate are about to be run. */
  readonly onBegin?: () => void;
  readonly onProgress?: (progress: LandProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Tries setup and gate on the target's tip, in the landing's own worktree, or takes the known
 * verdict on this very tree. Nothing runs that the user has not consented to.
 */
export async function tryBase(
  ground: Ground,
  config: Config,
  options: BaseOptions = {},
): Promise<BaseVerdict> {
  const hasGate = config.land.gate.length > 0;
  if (!hasGate && config.worktrees.setup.length === 0) return untried(noGate);
  if (!hasConsent(ground, config)) {
    return untried("you have not consented to what this configuration does");
  }
  const commit = await findCommit(ground.git, branchRef(config.target));
  if (commit === undefined) return untried(`there is no branch ${config.target}`);
  const known = await lookUp(siteFor(ground, config, commit, {}), commit);
  if (known !== undefined && (known.kind === "green" || options.again !== true)) {
    note(ground, config, known);
    return hasGate ? known : untried(`${noGate}; the setup works there`);
  }
  const { waitMs = defaultWaitMs } = options;
  const held = await withLease(ground, landingLease, { waitMs }, async () => {
    await recoverLandings(ground, config);
    if (openPrograms(ground.store, landingKind).length > 0) return undefined;
    options.onBegin?.();
    return await gateTip(ground, config, commit, options);
  });
  const verdict = held.kind === "held" ? held.result : undefined;
  if (verdict?.kind === "green" && !hasGate) return untried(`${noGate}; the setup works there`);
  return verdict ?? untried("another landing is under way in this repository");
}

const noGate = "no gate is configured";
const defaultWaitMs = 60_000;

async function gateTip(
  ground: Ground,
  config: Config,
  commit: Sha,
  options: BaseOptions,
): Promise<BaseVerdict> {
  const start = { kind: tryKind, subject: config.target, facts: { track: config.target } };
  const program = beginProgram<"gate", { readonly track: string }>(ground, start);
  const site = siteFor(ground, config, commit, { ...options, id: program.id });
  let verdict = untried("it was not begun");
  await program.step("gate", async () => {
    try {
      await prepareIntegration(site, commit);
      verdict = await gateAt(site, commit);
    } catch (error) {
      if (!(error instanceof PleachError)) throw error;
      verdict = { kind: "unready", commit, detail: error.message, hint: error.hint };
    }
    return {};
  });
  program.finish(() => undefined);
  return verdict;
}

interface SiteOptions extends BaseOptions {
  readonly id?: ProgramId;
}

/**
 * Puts the target in a track's place, so that the gate of tracks gates it too; it is never
 * recorded.
 */
function siteFor(
  ground: Ground,
  config: Config,
  commit: Sha,
  { id, onProgress, signal }: SiteOptions,
): Site {
  const now = ground.clock.now();
  const track: Track = {
    ...{ name: ".target" as TrackName, branch: config.target, target: config.target, base: commit },
    ...{ worktree: ground.repo.mainTop, tasks: [], footprint: [], prompt: "", tries: 0 },
    ...{ agent: "", mode: "stream", host: "headless", permissions: "ask" },
    ...{ createdAt: now, since: now, at: { state: "ready", tip: commit } },
  };
  return siteOf({
    ...{ ground, config, track, id: id ?? ground.ids.program() },
    ...(onProgress === undefined ? {} : { progress: onProgress }),
    ...(signal === undefined ? {} : { signal }),
  });
}
