import type { Config } from "../ground/config/config.ts";
import { ExitCode, messageOf, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { RaceName, TrackName } from "../ground/ids.ts";
import { startTrack } from "../grow/start.ts";
import { candidateNames, liveCandidates, type Race } from "../race/race.ts";
import { closeEntry, findRace, recordRace } from "../race/race-store.ts";
import { isLive } from "../track/track.ts";
import { allTracks } from "../track/track-store.ts";
import { seedByHand } from "./by-hand.ts";

export interface RaceWish {
  readonly name: RaceName;
  readonly prompt: string | undefined;
  readonly tasks: readonly string[];
  /** An agent's name for each candidate. */
  readonly agents: readonly string[];
  /** A revision; the target's tip when undefined. */
  readonly base: string | undefined;
}

/** A race as it was begun: who grows, and who could not be started. */
export interface RaceStart {
  readonly race: Race;
  readonly started: readonly TrackName[];
  readonly failed: readonly { readonly track: TrackName; readonly reason: string }[];
}

/**
 * Starts several tracks with the same work from the same commit. It is a race as long as two of
 * them grow; those that could not be started are told.
 * @param onBegun called when nothing is wrong with the wish, before worktrees are made
 * @throws PleachError `race/live`, and what `seedByHand` throws, before anything is made
 */
export async function startRace(
  ground: Ground,
  config: Config,
  wish: RaceWish,
  onBegun: (race: Race) => void = () => undefined,
): Promise<RaceStart> {
  const tracks = allTracks(ground.store);
  const names = candidateNames(wish.name, wish.agents.length);
  const former = findRace(ground.store, wish.name);
  const isTaken =
    (former !== undefined && liveCandidates(former, tracks).length > 0) ||
    tracks.some((track) => names.includes(track.name) && isLive(track));
  if (isTaken) throw taken(wish.name);
  const seeds = await Promise.all(
    names.map(async (name, at) => {
      const { prompt, tasks, base } = wish;
      const agent = wish.agents[at];
      return await seedByHand(ground, config, { name, prompt, tasks, agent, base });
    }),
  );
  const [first] = seeds;
  if (first === undefined) throw new Error("a race has candidates");
  // The target may have moved between two looks: all begin where the first does.
  const same = seeds.map((seed) => ({ ...seed, base: first.base }));
  const race = recordRace(ground, { name: wish.name, base: first.base, candidates: names });
  onBegun(race);
  const started: TrackName[] = [];
  const failed: { track: TrackName; reason: string }[] = [];
  for (const seed of same) {
    const start = await startTrack(ground, config, seed).catch((error: unknown) => {
      return { kind: "failed", reason: messageOf(error) } as const;
    });
    if (start.kind === "started") started.push(seed.name);
    else failed.push({ track: seed.name, reason: start.reason });
  }
  return { race: closeEntry(ground, race.name), started, failed };
}

function taken(name: RaceName): PleachError {
  return new PleachError({
    code: "race/live",
    message: `there are tracks ${name}-1, ${name}-2, … already`,
    hint: `pleach compare ${name} shows a race; --name begins one under another name`,
    exitCode: ExitCode.usage,
  });
}
