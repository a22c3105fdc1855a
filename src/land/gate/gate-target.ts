import type { Config } from "../../ground/config/config.ts";
import { treeOf } from "../../ground/git/refs.ts";
import type { Ground } from "../../ground/ground.ts";
import type { Sha } from "../../ground/ids.ts";
import { gateEnvironment, gateKey } from "../landing/gate-environment.ts";
import type { LandingFacts, LandingVerdict } from "../landing/landing.ts";
import type { Site } from "../landing/site.ts";
import { moveIntegration } from "../landing/slot-worktree.ts";
import { allowanceOf, seeTarget } from "./allowance-store.ts";
import type { RedRecord } from "./excuses.ts";
import { findMissing } from "./failures/missing.ts";
import { runGate } from "./gate.ts";
import { findGateRed, findGateResult } from "./gate-store.ts";

/** The result of the gate on the target's own tip. */
export type BaseVerdict =
  | { readonly kind: "untried"; readonly why: string }
  | { readonly kind: "green"; readonly commit: Sha; readonly seconds: number }
  | {
      readonly kind: "red";
      readonly commit: Sha;
      readonly red: RedRecord;
      readonly logFile: string;
    }
  /** The setup or the gate could not be run to its end: nothing is known of the tip. */
  | {
      readonly kind: "unready";
      readonly commit: Sha;
      readonly detail: string;
      readonly hint: string;
      /** The program that is not installed. */
      readonly missing?: string;
    };

export const untried = (why: string): BaseVerdict => ({ kind: "untried", why });

/** Gates a commit of the target in a clean worktree, and records its failures. */
export async function gateAt(site: Site, commit: Sha): Promise<BaseVerdict> {
  const { ground, config } = site;
  const tree = await treeOf(site.git, commit);
  await moveIntegration(site, commit);
  const facts = { commit, tree, onto: commit, as: "base", may: "all" } as const;
  const { verdict, gate } = await runGate(site, facts);
  if (verdict?.reason === "interrupted") return untried("it was interrupted");
  if (verdict !== undefined) return unready(site, commit, verdict);
  const found = (gate?.exitCode === 0 ? undefined : await lookUp(site, commit)) ?? {
    ...{ kind: "green", commit, seconds: gate?.seconds ?? 0 },
  };
  note(ground, config, found);
  return found;
}

function unready({ logFile }: Site, commit: Sha, verdict: LandingVerdict): BaseVerdict {
  const { detail, hint, evidence = "" } = verdict;
  const missing = findMissing("", evidence, null);
  const named = missing === undefined ? {} : { missing };
  const log = verdict.reason === "setup" ? hint : `the whole output: ${logFile}`;
  return { kind: "unready", commit, detail, hint: log, ...named };
}

/** Looks up the result of a commit of the target without running anything. */
export async function lookUp(site: Site, commit: Sha): Promise<BaseVerdict | undefined> {
  const { store } = site.ground;
  const tree = await treeOf(site.git, commit);
  const key = await keyOf(site);
  const green = findGateResult(store, tree, key);
  if (green !== undefined) return { kind: "green", commit, seconds: green.seconds };
  const red = findGateRed(store, tree, key);
  if (red?.isWhole !== true) return undefined;
  return { kind: "red", commit, red, logFile: site.logFile };
}

/** Computes the key of a result, silently: the note on the environment was shown before. */
async function keyOf(site: Site): Promise<string> {
  const quiet = { ...site, progress: () => undefined };
  return await gateKey(quiet, await gateEnvironment(quiet));
}

/** Records a look at the target: a failure that is gone may not come back. */
export function note(ground: Ground, config: Config, verdict: BaseVerdict): void {
  if (verdict.kind === "green") seeTarget(ground, config, []);
  if (verdict.kind === "red") seeTarget(ground, config, verdict.red.failures);
}

/**
 * Runs the gate of a landing; failures of the target are allowed in it where a person has said so.
 */
export async function gateLanding(site: Site, facts: LandingFacts): Promise<Partial<LandingFacts>> {
  const ended = await runGate(site, { ...facts, may: await mayFail(site, facts) });
  const { verdict } = ended;
  if (verdict?.reason !== "gate" || !(await isAsTarget(site, facts))) return ended;
  const { target } = facts;
  const detail = `${verdict.detail}; ${target} itself fails the same`;
  const hint = `mend ${target} first, or let only what is new block: [land] base = "new-failures"\n${verdict.hint}`;
  return { ...ended, verdict: { ...verdict, detail, hint } };
}

/**
 * Whether the target is known to fail all that a landing has just failed: then the track is not to
 * blame.
 */
async function isAsTarget(site: Site, { onto, tree }: LandingFacts): Promise<boolean> {
  if (site.config.land.base !== "must-be-green" || onto === undefined || tree === undefined) {
    return false;
  }
  const known = await lookUp(site, onto);
  if (known?.kind !== "red") return false;
  const theirs = new Set(known.red.failures);
  const own = findGateRed(site.ground.store, tree, await keyOf(site))?.failures ?? [];
  return own.length > 0 && own.every((id) => theirs.has(id));
}

async function mayFail(site: Site, facts: LandingFacts): Promise<readonly string[]> {
  const { ground, config } = site;
  const { onto, assumed, commit } = facts;
  if (config.land.base !== "new-failures" || onto === undefined) return [];
  // An assumed landing below is gated itself; `findOutgrown` looks again before the target moves.
  if (assumed === undefined && commit !== undefined) {
    const known = await lookUp(site, onto);
    const verdict = known ?? (await gateBelow(site, { onto, commit }));
    if (verdict.kind !== "green" && verdict.kind !== "red") return [];
    note(ground, config, verdict);
  }
  return allowanceOf(ground.store, config) ?? [];
}

/**
 * Gates the target first when its tip has not been gated since it moved, in the landing's worktree.
 */
async function gateBelow(
  site: Site,
  { onto, commit }: { readonly onto: Sha; readonly commit: Sha },
): Promise<BaseVerdict> {
  const text = `the gate has not seen this tip of ${site.config.target}: it is run there first`;
  site.progress({ kind: "note", text });
  const verdict = await gateAt(site, onto);
  await moveIntegration(site, commit);
  return verdict;
}

/** Finds a failure that was allowed when the gate ran, and that the target has got rid of since. */
export function findOutgrown(
  { ground, config }: Site,
  facts: LandingFacts,
): LandingVerdict | undefined {
  const may = new Set(allowanceOf(ground.store, config));
  const outgrown = facts.gate?.allowed?.filter((id) => !may.has(id)) ?? [];
  const [first] = outgrown;
  if (first === undefined) return undefined;
  return {
    ...{ outcome: "red", reason: "gate", paths: [], failing: outgrown.slice(0, 6) },
    detail: `${first} fails, and ${facts.target} has got rid of that failure meanwhile`,
    hint: `git log ${facts.target} shows what came; mend it in the worktree, then: pleach land ${facts.track}`,
  };
}
