import type { EpochMs } from "../ground/clock.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { parseTrackName, type RaceName, type Sha, type TrackName } from "../ground/ids.ts";
import { isLive, type Track } from "../track/track.ts";

/** Several tracks that attempt the same from the same base; one of them is picked. */
export interface Race {
  readonly name: RaceName;
  readonly base: Sha;
  /**
   * When the race began, in epoch milliseconds; an older track of a candidate's name is no
   * candidate.
   */
  readonly at: EpochMs;
  /**
   * When the last candidate was cut, in epoch milliseconds, null until then; a younger track of a
   * candidate's name is no candidate.
   */
  readonly until: EpochMs | null;
  readonly candidates: readonly TrackName[];
  /** The candidate that landed; null while none has. */
  readonly picked: TrackName | null;
}

/** The most candidates of a race: a larger number is a waste, most likely by mistake. */
const mostCandidates = 16;

/**
 * Reads the entrants of a race: `claude:2,codex` is claude twice and codex once.
 * @returns an agent's name for each candidate
 * @throws PleachError `race/agents` (usage)
 */
export function parseEntrants(text: string): readonly string[] {
  const entrants = text.split(",").flatMap((part) => {
    const found = /^\s*([a-z0-9][a-z0-9_-]*)(?::(\d{1,2}))?\s*$/.exec(part);
    const times = Number(found?.[2] ?? 1);
    if (found?.[1] === undefined || times === 0)
      throw badEntrants(`who is ${JSON.stringify(part.trim())}?`);
    return Array.from({ length: times }, () => found[1] ?? "");
  });
  if (entrants.length < 2) throw badEntrants("one agent alone is no race");
  if (entrants.length > mostCandidates) throw badEntrants(`at most ${mostCandidates} can run`);
  return entrants;
}

function badEntrants(why: string): PleachError {
  return new PleachError({
    code: "race/agents",
    message: `who races cannot be told: ${why}`,
    hint: "name agents and how often: --agent claude:2,codex",
    exitCode: ExitCode.usage,
  });
}

/**
 * Names the candidates: `base-1`, `base-2`, … @throws PleachError for a name that no track can have
 */
export function candidateNames(race: RaceName, count: number): readonly TrackName[] {
  return Array.from({ length: count }, (_, at) => parseTrackName(`${race}-${at + 1}`));
}

/** Whether a track is one of the race's candidates, and not another of the same name. */
export function runsIn(race: Race, track: Pick<Track, "name" | "createdAt">): boolean {
  const { at, until, candidates } = race;
  if (!candidates.includes(track.name) || track.createdAt < at) return false;
  return until === null || track.createdAt <= until;
}

/** Lists the candidates that still live; a race without any is over. */
export function liveCandidates(race: Race, tracks: readonly Track[]): readonly Track[] {
  return tracks.filter((track) => runsIn(race, track) && isLive(track));
}

/**
 * Finds the race a track runs in, as long as none is picked: only a person's pick lands the track.
 */
export function raceOf(
  races: readonly Race[],
  track: Pick<Track, "name" | "createdAt">,
): Race | undefined {
  return races.find((race) => race.picked === null && runsIn(race, track));
}
