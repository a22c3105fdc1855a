import { existsSync } from "node:fs";
import type { Config } from "../ground/config/config.ts";
import { messageOf } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import { isTrackName, type TrackName } from "../ground/ids.ts";
import { beginProgram, type Program } from "../ground/program.ts";
import { findTrack } from "../track/track-store.ts";
import type { CleanItem } from "./clean-class.ts";
import { deleteKept, isKeptPlace, type KeptFolder, surveyKept } from "./clean-expire.ts";
import { surveyOne, surveyWorktrees } from "./clean-survey.ts";
import { findDrop, saveDrop } from "./ref/drop-store.ts";
import type { FindLate } from "./ref/removal.ts";
import { retire } from "./retire.ts";

/** The steps of a cleaning, in this order. From `mark` on the ref stands for the folder. */
export const cleanSteps = ["retire", "mark", "delete"] as const;
export type CleanStep = (typeof cleanSteps)[number];

type Key = { readonly track: TrackName; readonly time: string };

export type CleanFacts = {
  readonly tracks: readonly TrackName[];
  readonly expired: readonly Key[];
  readonly notes: readonly string[];
};

/** The JSON document of `clean --json`. */
export interface CleanReport {
  readonly schema: 1;
  readonly worktrees: readonly CleanItem[];
  readonly kept: readonly KeptFolder[];
  /** Tracks whose worktree was put away; with `dryRun`, those whose worktree would be. */
  readonly retired: readonly TrackName[];
  /** Folders that were deleted; with `dryRun`, those that would be. */
  readonly deleted: readonly string[];
  /** Reasons why something stayed after all; absent when nothing did. */
  readonly notes?: readonly string[];
}

export interface CleanOptions {
  readonly dryRun?: boolean;
  /** Whether to delete also the kept folders that are older than `keep`. */
  readonly expired?: boolean;
  readonly findLate: FindLate;
  readonly onProgress?: (line: string) => void;
}

/**
 * Puts away the worktrees that are proven safe, and on request deletes kept folders that are past
 * their time.
 */
export async function clean(
  ground: Ground,
  config: Config,
  options: CleanOptions,
): Promise<CleanReport> {
  const { findLate } = options;
  const onProgress = options.onProgress ?? (() => undefined);
  const worktrees = await surveyWorktrees(ground, config, onProgress);
  const kept = await surveyKept(ground, config);
  const tracks = worktrees
    .filter((item) => item.class === "safe")
    .map((item) => item.track)
    .filter((track) => track !== null);
  const due = kept.filter((folder) => folder.due && folder.stays === null);
  const expired = options.expired === true ? due : [];
  const report = { schema: 1, worktrees, kept } as const;
  const deleted = expired.map((folder) => folder.folder);
  if (options.dryRun === true) return { ...report, retired: tracks, deleted };
  if (tracks.length + expired.length === 0) return { ...report, retired: [], deleted: [] };

  const keys = expired.map(({ track, time }) => ({ track, time }));
  const facts: CleanFacts = { tracks, expired: keys, notes: [] };
  const start = { kind: "clean", subject: config.worktrees.root, facts };
  const program = beginProgram<CleanStep, CleanFacts>(ground, start);
  const done = await runClean({ ground, config, program, findLate, onProgress });
  const { notes } = program.facts;
  return { ...report, ...done, ...(notes.length === 0 ? {} : { notes }) };
}

/** A cleaning under way, or taken over. */
export interface Cleaning {
  readonly ground: Ground;
  readonly config: Config;
  readonly program: Program<CleanStep, CleanFacts>;
  readonly findLate: FindLate;
  readonly onProgress: (line: string) => void;
}

export interface Cleaned {
  readonly retired: readonly TrackName[];
  readonly deleted: readonly string[];
}

/** Brings a cleaning to its end from wherever it stands. */
export async function runClean(cleaning: Cleaning): Promise<Cleaned> {
  const { ground, program } = cleaning;
  const { store } = ground;
  const retired: TrackName[] = [];
  const deleted: string[] = [];
  await program.step("retire", async ({ tracks, notes }) => {
    const more: string[] = [];
    for (const name of tracks) {
      const failure = await retireIfSafe(cleaning, name);
      if (failure === undefined) retired.push(name);
      else more.push(`${name} stays: ${failure}`);
    }
    return { notes: [...notes, ...more] };
  });
  await program.step(
    "mark",
    async () => ({}),
    ({ expired }) => {
      for (const { track, time } of expired) {
        const drop = findDrop(store, track, time);
        // The drop may have been restored since.
        if (drop?.state === "kept") saveDrop(store, { ...drop, state: "expired" });
      }
    },
  );
  await program.step("delete", async ({ expired, notes }) => {
    const more: string[] = [];
    for (const key of expired) {
      const drop = findDrop(store, key.track, key.time);
      if (drop?.state !== "expired" || drop.folder === null) continue;
      if (!isKeptPlace(drop, ground.repo.stateDir)) continue;
      cleaning.onProgress(`deleting ${drop.folder}`);
      try {
        await deleteKept(drop.folder);
        if (drop.aside !== null) await deleteKept(drop.aside);
        deleted.push(drop.folder);
      } catch (error) {
        more.push(`${drop.folder} is not deleted whole: ${messageOf(error)}`);
      }
    }
    return { notes: [...notes, ...more] };
  });
  program.finish(() => store.append({ type: "clean.finished", retired, deleted }));
  return { retired, deleted };
}

/** Puts a worktree away after a second look: since the survey a process may have entered it. */
async function retireIfSafe(
  { ground, config, findLate, onProgress }: Cleaning,
  name: TrackName,
): Promise<string | undefined> {
  const track = isTrackName(name) ? findTrack(ground.store, name) : undefined;
  if (track === undefined) return "there is no such track";
  // The worktree was put away before: a cleaning that was taken over goes through its whole list
  // again.
  if (!existsSync(track.worktree)) return undefined;
  const { class: verdict, reason } = await surveyOne(ground, track.worktree, track);
  if (verdict !== "safe") return reason;
  onProgress(`putting ${track.worktree} away`);
  try {
    await retire(ground, config, name, { findLate, onProgress });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
