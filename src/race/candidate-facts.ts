import { existsSync } from "node:fs";
import type { Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { treeOf } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { describeEnding, run, succeeded } from "../ground/proc/run.ts";
import type { LandProgress } from "../land/landing/site.ts";
import { stretchOf } from "../land/weave/stretch.ts";
import { matches, parseGlob } from "../predict/paths/glob.ts";
import { patchesFrom } from "../radar/merges.ts";
import { scanOnce } from "../radar/open.ts";
import { overlapsOf } from "../radar/overlap.ts";
import { trackSubjects } from "../radar/subjects.ts";
import type { FilePatch } from "../radar/symbols/patch.ts";
import { isLive, type Track } from "../track/track.ts";
import { allTracks } from "../track/track-store.ts";
import { latestWorker, usageOf } from "../worker/worker-store.ts";
import {
  adviceFrom,
  agreementOf,
  type CandidateFacts,
  countTests,
  diffSize,
  type JudgeWord,
  type RaceComparison,
  ranked,
  suggestionFrom,
} from "./compare.ts";
import { liveCandidates, type Race, runsIn } from "./race.ts";
import { type Trial, type TryOptions, tryTrack } from "./try.ts";

export interface CompareOptions {
  /** Called with the progress of a track's gate. */
  readonly onProgress?: (track: TrackName, progress: LandProgress) => void;
  readonly signal?: AbortSignal;
  /** A shell line of the user's that gets the evidence as JSON and answers with `{pick, why}`. */
  readonly judge?: string | undefined;
}

/**
 * Collects everything that speaks for and against the candidates of a race; runs their gates for
 * it.
 */
export async function compareRace(
  ground: Ground,
  config: Config,
  race: Race,
  options: CompareOptions = {},
): Promise<RaceComparison> {
  const tracks = liveCandidates(race, allTracks(ground.store));
  const trials = new Map<TrackName, Trial>();
  for (const track of tracks) {
    if (options.signal?.aborted === true || !isTestable(track)) continue;
    const { onProgress, signal } = options;
    const heard: TryOptions = {
      ...(signal && { signal }),
      ...(onProgress && { onProgress: (progress) => onProgress(track.name, progress) }),
    };
    const trial = await tryTrack(ground, config, track.name, heard);
    // A gate that was interrupted has no result.
    if (signal?.aborted !== true) trials.set(track.name, trial);
  }
  const conflicts = await conflictsOf(ground, config, race);
  const patches = new Map<TrackName, readonly FilePatch[]>();
  for (const track of tracks) patches.set(track.name, await patchOf(ground, track));
  const evidence = tracks.map((track) =>
    evidenceOf(ground, track, {
      trial: trials.get(track.name),
      patches: patches.get(track.name) ?? [],
      conflicts,
    }),
  );
  const candidates = ranked(evidence);
  const agreement = agreementOf(patches);
  const facts = { race: race.name, base: race.base, candidates, agreement };
  const judge =
    options.judge === undefined
      ? null
      : await askJudge(ground, options.judge, { facts, candidates });
  return { ...facts, judge, suggestion: suggestionFrom(candidates, judge) };
}

/** Whether the track's worker has ended and its work is still to be decided. */
function isTestable({ at, worktree }: Track): boolean {
  return (at.state === "ready" || at.state === "needs-human") && existsSync(worktree);
}

interface Found {
  readonly trial: Trial | undefined;
  readonly patches: readonly FilePatch[];
  readonly conflicts: Conflicts | undefined;
}

function evidenceOf(
  { store, clock }: Ground,
  track: Track,
  { trial, patches, conflicts }: Found,
): CandidateFacts {
  const paths = patches.map(({ before, after }) => after ?? before ?? "").toSorted();
  const globs = track.footprint.map(parseGlob);
  const stray = paths.filter((path) => !globs.some((glob) => matches(glob, path)));
  const until = track.at.state === "growing" ? clock.now() : track.since;
  const report = latestWorker(store, track.name)?.report;
  return {
    ...{ track: track.name, agent: track.agent, state: track.at.state },
    gate: trial === undefined ? null : gateOf(trial),
    tests: countTests(patches),
    diff: diffSize(patches),
    paths,
    outside: globs.length === 0 ? null : stray,
    conflicts: conflicts?.get(track.name) ?? null,
    seconds: Math.max(0, until - track.createdAt) / 1_000,
    usage: usageOf(store, track.name, track.createdAt),
    summary: report?.kind === "done" && report.text !== "" ? report.text : null,
  };
}

function gateOf({ outcome, detail, gate }: Trial): CandidateFacts["gate"] {
  return { outcome, ...(detail === undefined ? {} : { detail }), gate };
}

type Conflicts = ReadonlyMap<string, NonNullable<CandidateFacts["conflicts"]>>;

/**
 * Finds the live tracks outside the race with which each candidate conflicts; undefined when the
 * look failed.
 */
async function conflictsOf(
  ground: Ground,
  config: Config,
  race: Race,
): Promise<Conflicts | undefined> {
  const tracks = allTracks(ground.store).filter(isLive);
  const inside = new Set<string>(
    tracks.filter((track) => runsIn(race, track)).map(({ name }) => name),
  );
  try {
    const overlaps = overlapsOf(await scanOnce(ground, config, trackSubjects(tracks)));
    return new Map(
      [...inside].map((name) => [
        name,
        overlaps.flatMap(({ tracks: [a, b], paths }) => {
          const other = a === name ? b : b === name ? a : undefined;
          return other === undefined || inside.has(other) ? [] : [{ track: other, paths }];
        }),
      ]),
    );
  } catch (error) {
    if (error instanceof PleachError) return undefined;
    throw error;
  }
}

/** Reads the commits of a candidate since its base as patches. */
async function patchOf(ground: Ground, track: Track): Promise<readonly FilePatch[]> {
  const stretch = await stretchOf(ground, track);
  if (stretch === undefined) return [];
  const git = ground.git.at(track.worktree);
  const [from, to] = [await treeOf(git, stretch.from), await treeOf(git, stretch.to)];
  return (await patchesFrom({ git, env: {}, settings: [] }, from, [to])).get(to) ?? [];
}

const judgeTimeoutMs = 600_000;
const judgeMaxBytes = 1_000_000;

/** @throws PleachError `race/judge` when the judge cannot be run, or fails */
async function askJudge(
  { repo, env }: Ground,
  line: string,
  { facts, candidates }: { readonly facts: object; readonly candidates: readonly CandidateFacts[] },
): Promise<JudgeWord> {
  const result = await run(["sh", "-c", line], {
    ...{ cwd: repo.mainTop, env, timeoutMs: judgeTimeoutMs, maxBytes: judgeMaxBytes },
    input: `${JSON.stringify({ schema: 1, ...facts })}\n`,
  });
  if (succeeded(result)) return adviceFrom(result.stdout.toString(), candidates);
  throw new PleachError({
    code: "race/judge",
    message: `the judge gave no answer: ${describeEnding(result.ending)}`,
    hint: 'it gets the evidence as JSON on its input and prints {"pick": "NAME", "why": "…"}; try it by itself',
    exitCode: ExitCode.failed,
  });
}
