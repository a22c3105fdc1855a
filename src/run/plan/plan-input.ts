import { loadBacklog } from "../../backlog/load.ts";
import type { PassedOver, Task } from "../../backlog/parse.ts";
import type { Config } from "../../ground/config/config.ts";
import type { Git } from "../../ground/git/git.ts";
import { branchRef, requireCommit, trackedPaths } from "../../ground/git/refs.ts";
import type { Ground } from "../../ground/ground.ts";
import type { RepoPath, Sha, TaskId, TrackName } from "../../ground/ids.ts";
import { touchedSince } from "../../grow/worktree/touched.ts";
import { owedTicks } from "../../land/landing/landing-store.ts";
import type { LiveState, LiveTrack, PlanInput } from "../../plan/prepare.ts";
import { softGlobs } from "../../plan/soft.ts";
import { isLive, type Track } from "../../track/track.ts";
import { allTracks } from "../../track/track-store.ts";
import { loadFormerTasks } from "./former-backlog.ts";
import { settleTasks, type Unclear } from "./former-tasks.ts";

export interface PlanQuestion {
  /** The task file: an absolute path in the checkout where the command runs. */
  readonly backlog: string;
  readonly workers: number;
  /** The tasks to plan alone; empty for all. */
  readonly only?: readonly TaskId[];
  readonly strictTracks?: boolean;
  /** Whether the plan is one of many that follow each other; large ones are then searched less. */
  readonly isOneOfMany?: boolean;
  /** Tracks that are over but keep their paths for now: they failed in this very run. */
  readonly held?: ReadonlySet<TrackName>;
}

/** Tasks up to which a plan costs next to nothing, however often it is made. */
const eagerTasks = 30;

/** All that planning needs to know, read just now. */
export interface PlanFacts {
  readonly input: PlanInput;
  /** The whole backlog, landed tasks counted as done. */
  readonly tasks: readonly Task[];
  /** Tasks in hand that can no longer be told apart in the file. */
  readonly unclear: readonly Unclear[];
  /** Lines that look like tasks and are in no form that is read. */
  readonly passedOver: readonly PassedOver[];
  /** The target's tip at the time of reading. */
  readonly tip: Sha;
  readonly live: readonly LiveTrack[];
}

/**
 * Reads the backlog, the target's tip, and the paths the live tracks have really touched.
 * @throws PleachError for a backlog that cannot be read
 */
export async function loadPlanFacts(
  { git, store, repo }: Ground,
  config: Config,
  question: PlanQuestion,
): Promise<PlanFacts> {
  // The tracks first: a target read after them holds all that they say has landed.
  const tracks = allTracks(store);
  const tip = await requireCommit(git, branchRef(config.target));
  const backlog = await loadBacklog(question.backlog);
  const { tasks, unclear } = settleTasks(backlog, tracks, {
    former: loadFormerTasks(repo.stateDir),
    owed: owedTicks(store),
  });
  const holding = tracks.filter((track) => isLive(track) || question.held?.has(track.name));
  const live = await Promise.all(
    holding.map(async (track): Promise<LiveTrack> => {
      const state = liveState(track);
      return {
        name: track.name,
        tasks: track.tasks.map(({ id }) => id),
        predicted: track.footprint,
        // Half checked out, a worktree lacks files that its track has not touched.
        touched: state === "provisioning" ? [] : await touchedPaths(git, track, config.tasks),
        state,
      };
    }),
  );
  const open = tasks.filter(({ done }) => !done).length;
  const { only = [], strictTracks = false, workers } = question;
  const input: PlanInput = {
    target: config.target,
    base: tip,
    workers,
    tasks,
    trackedPaths: await trackedPaths(git, tip),
    soft: softGlobs(config),
    live,
    // A track that never grew has left nothing behind, its name included.
    takenNames: tracks
      .filter((track) => track.at.state !== "failed" || holding.includes(track))
      .map(({ name }) => name),
    strictTracks,
    ...(question.isOneOfMany === true ? { effort: Math.min(1, eagerTasks / open) } : {}),
    ...(only.length === 0 ? {} : { only }),
  };
  return { input, tasks, unclear, passedOver: backlog.passedOver, tip, live };
}

async function touchedPaths(git: Git, track: Track, tasks: string): Promise<readonly RepoPath[]> {
  const touched = await touchedSince(git, track);
  return touched.kind === "known" ? touched.paths.filter((path) => path !== tasks) : [];
}

function liveState({ at }: Track): LiveState {
  switch (at.state) {
    case "planned":
      return "provisioning";
    case "restored":
    case "landed":
    case "dropped":
      return "needs-human";
    default:
      return at.state;
  }
}
