import type { Config } from "../ground/config/config.ts";
import { ExitCode, messageOf, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { BranchName, Sha, TrackName } from "../ground/ids.ts";
import { adoptProgram, beginProgram, openPrograms, type Program } from "../ground/program.ts";
import type { LandReport, Strategy } from "../land/landing/landing.ts";
import type { LandProgress } from "../land/landing/site.ts";
import { landTrack } from "../land/queue/land-track.ts";
import { type DropReport, dropTrack } from "../rescue/drop.ts";
import type { TrackSeed } from "../track/track.ts";
import { allTracks, findTrack, requireTrack } from "../track/track-store.ts";
import {
  composeParts,
  cutParts,
  discardParts,
  type Part,
  partsSeed,
  recordParts,
} from "./parts.ts";
import { liveCandidates, type Race, raceOf, runsIn } from "./race.ts";
import { openRaces, recordCandidate, recordPicked, requireRace } from "./race-store.ts";
import { type Trial, tryTrack } from "./try.ts";

/** Every step of a pick; the kill tests die before, in and after each of them. */
export const pickSteps = [
  // Only for a pick that is composed of parts:
  "compose",
  "cut",
  // A red gate never wins, and changes nothing:
  "test",
  "land",
  "drop",
] as const;
export type PickStep = (typeof pickSteps)[number];

type PickFacts = {
  readonly race: string;
  readonly picked: TrackName;
  readonly acceptGate: boolean;
  readonly noGate: boolean;
  readonly parts?: readonly Part[];
  /** The branch and worktree to be made, when the pick is composed. */
  readonly cut?: { readonly branch: BranchName; readonly worktree: string; readonly base: Sha };
  readonly commit?: Sha;
  readonly trial?: Trial;
  readonly landing?: LandReport;
  readonly dropped?: readonly Dropped[];
  readonly left?: readonly Left[];
};

type Dropped = Pick<DropReport, "track" | "rescue" | "restore">;
type Left = { readonly track: TrackName; readonly why: string };

/** The outcome of a pick: one element of `pick --json`. */
export interface PickReport {
  readonly race: string;
  readonly picked: TrackName;
  readonly trial: Trial;
  /** The report of the landing; null when the gate was not green and nothing was tried. */
  readonly landing: LandReport | null;
  readonly dropped: readonly Dropped[];
  /** Candidates that could not be dropped, and stay. */
  readonly left: readonly Left[];
}

export interface PickOptions {
  /** How the commits get onto the target, in the test already. */
  readonly strategy?: Strategy;
  readonly acceptGate?: boolean;
  readonly noGate?: boolean;
  readonly onProgress?: (progress: LandProgress) => void;
  readonly signal?: AbortSignal;
}

const pickKind = "pick";

type PickProgram = Program<PickStep, PickFacts>;

/**
 * Lands one candidate of a race and drops the others, each with its rescue.
 * @throws PleachError `race/not-racing` (usage)
 */
export async function pickTrack(
  ground: Ground,
  config: Config,
  name: TrackName,
  options: PickOptions = {},
): Promise<PickReport> {
  const track = requireTrack(ground.store, name);
  const race = raceOf(openRaces(ground.store), track);
  if (race === undefined) throw notRacing(name);
  return await play(ground, config, { picked: name, race, options });
}

/**
 * Composes files of several candidates to a further track, and picks that track. When its gate is
 * not green the track stays, as a further candidate.
 * @throws PleachError `race/not-racing`, `race/parts` (usage)
 */
export async function pickParts(
  ground: Ground,
  config: Config,
  parts: readonly Part[],
  options: PickOptions = {},
): Promise<PickReport> {
  const races = openRaces(ground.store);
  const tracks = parts.map(({ track }) => requireTrack(ground.store, track));
  const [first] = tracks;
  const race = first === undefined ? undefined : raceOf(races, first);
  const stranger = tracks.find((track) => raceOf(races, track)?.name !== race?.name);
  if (first === undefined || race === undefined || stranger !== undefined) {
    throw notRacing(stranger?.name ?? first?.name ?? "nobody");
  }
  const seed = partsSeed(config, race, first);
  return await play(ground, config, {
    picked: seed.name,
    race,
    options,
    composed: { parts, seed },
  });
}

function notRacing(name: string): PleachError {
  return new PleachError({
    code: "race/not-racing",
    message: `${name} is in no race, or not in the same one`,
    hint: `pleach compare shows races; pleach land ${name} lands a track that is in none`,
    exitCode: ExitCode.usage,
  });
}

interface Wish {
  readonly picked: TrackName;
  readonly race: Race;
  readonly options: PickOptions;
  readonly composed?: { readonly parts: readonly Part[]; readonly seed: TrackSeed };
}

async function play(ground: Ground, config: Config, wish: Wish): Promise<PickReport> {
  const { picked, race, options, composed } = wish;
  const facts: PickFacts = {
    ...{ race: race.name, picked },
    ...(composed === undefined ? {} : { parts: composed.parts, cut: cutOf(composed.seed) }),
    ...{ acceptGate: options.acceptGate ?? false, noGate: options.noGate ?? false },
  };
  const pick = beginProgram<PickStep, PickFacts>(ground, {
    ...{ kind: pickKind, subject: race.name, facts },
  });
  try {
    if (composed !== undefined) await putTogether(ground, race, { pick, seed: composed.seed });
    const { strategy, signal, onProgress } = options;
    const how = {
      ...(strategy && { strategy }),
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    };
    await pick.step("test", async () => ({ trial: await tryTrack(ground, config, picked, how) }));
    const outcome = pick.facts.trial?.outcome;
    if (outcome === "green" || (outcome === "untested" && facts.noGate)) {
      const { acceptGate, noGate } = facts;
      await pick.step("land", async () => ({
        landing: await landTrack(ground, config, picked, { acceptGate, noGate, ...how }),
      }));
    }
  } catch (error) {
    pick.finish(() => undefined);
    throw error;
  }
  if (pick.facts.landing?.outcome !== "landed") pick.finish(() => undefined);
  else await dropOthers(ground, config, pick);
  return reportOf(pick.facts);
}

function reportOf({ race, picked, trial, landing, dropped, left }: PickFacts): PickReport {
  if (trial === undefined) throw new Error(`${picked} was not tested`);
  const others = { dropped: dropped ?? [], left: left ?? [] };
  return {
    race,
    picked,
    trial,
    landing: landing === undefined ? null : inRace(landing),
    ...others,
  };
}

/**
 * Makes the hint name `pleach pick`: a candidate landed by its own name would leave the race open.
 */
function inRace(landing: LandReport): LandReport {
  const hint = landing.hint?.replaceAll("pleach land", "pleach pick");
  return hint === undefined ? landing : { ...landing, hint };
}

const cutOf = ({ branch, worktree, base }: TrackSeed) => ({ branch, worktree, base });

async function putTogether(
  ground: Ground,
  race: Race,
  { pick, seed }: { readonly pick: PickProgram; readonly seed: TrackSeed },
): Promise<void> {
  const { parts = [] } = pick.facts;
  await pick.step("compose", async () => ({ commit: await composeParts(ground, race, parts) }));
  const { commit } = pick.facts;
  if (commit === undefined) throw new Error("there is nothing to cut");
  await pick.step(
    "cut",
    async () => {
      await cutParts(ground, seed, { commit, id: pick.id });
      return {};
    },
    () => {
      recordParts(ground, seed, commit);
      recordCandidate(ground, race.name, seed.name);
    },
  );
}

/**
 * Drops the other candidates of a decided race; a candidate that cannot be dropped is told, and
 * stays.
 */
async function dropOthers(ground: Ground, config: Config, pick: PickProgram): Promise<void> {
  const { picked } = pick.facts;
  const race = requireRace(ground.store, pick.facts.race);
  await pick.step("drop", async () => {
    const dropped: Dropped[] = [];
    const left: Left[] = [];
    for (const { name } of liveCandidates(race, allTracks(ground.store))) {
      if (name === picked) continue;
      try {
        const { track, rescue, restore } = await dropTrack(ground, config, name);
        dropped.push({ track, rescue, restore });
      } catch (error) {
        if (!(error instanceof PleachError)) throw error;
        left.push({ track: name, why: messageOf(error) });
      }
    }
    return { dropped, left };
  });
  const left = (pick.facts.left ?? []).map(({ track }) => track);
  pick.finish(() => recordPicked(ground, race, { picked, left }));
}

/**
 * Brings picks whose process is gone to their end: when the picked candidate has landed the others
 * are dropped, else the race goes on as if none had been picked. Call it after the landings' own
 * recovery.
 */
export async function recoverPicks(ground: Ground, config: Config): Promise<void> {
  for (const open of openPrograms<PickStep, PickFacts>(ground.store, pickKind)) {
    const pick = await adoptProgram(ground, open);
    if (pick === undefined) continue;
    const { picked, cut, commit } = pick.facts;
    const track = findTrack(ground.store, picked);
    const race = requireRace(ground.store, pick.facts.race);
    const isRacing = race.candidates.includes(picked);
    if (track?.at.state === "landed" && runsIn(race, track)) {
      await dropOthers(ground, config, pick);
      continue;
    }
    // The composed track is half cut, and recorded nowhere.
    if (cut !== undefined && commit !== undefined && !isRacing) {
      await discardParts(ground, cut, { commit, id: open.id });
    }
    pick.finish(() => undefined);
  }
}
