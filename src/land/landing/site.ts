import { join } from "node:path";
import type { Config } from "../../ground/config/config.ts";
import { ExitCode, PleachError } from "../../ground/errors.ts";
import {
  type Change,
  changesBetween,
  compareEach,
  type Range,
  type RangeChanges,
} from "../../ground/git/changes.ts";
import type { Git } from "../../ground/git/git.ts";
import type { Ground } from "../../ground/ground.ts";
import type { ProgramId, Sha } from "../../ground/ids.ts";
import { endAll } from "../../ground/proc/end.ts";
import { findMarked } from "../../ground/proc/find.ts";
import type { ExactEnv } from "../../ground/proc/run.ts";
import type { HumanReason, Track, TrackTask } from "../../track/track.ts";
import type { LandingVerdict, LandStep } from "./landing.ts";

/** The progress that a landing tells while it runs. */
export type LandProgress =
  | { readonly kind: "step"; readonly step: LandStep }
  /** The output of the gate or another configured command. */
  | { readonly kind: "output"; readonly text: string }
  | { readonly kind: "note"; readonly text: string };

/** A worktree of the landing's own; no other landing is in it meanwhile. */
export interface Slot {
  /** The worktree's number, from 1. */
  readonly number: number;
  /** Whether the worktree is known to be as in HEAD, without untracked files. */
  isClean: boolean;
}

/** Everything the steps of one landing work with. */
export interface Site {
  readonly ground: Ground;
  readonly config: Config;
  readonly track: Track;
  /** The tracks that land together with the first, on top of it. */
  readonly others: readonly Track[];
  /** The worktree of the landing's own that this landing uses. */
  readonly slot: Slot;
  /** The program of this landing; everything it starts is marked with it. */
  readonly id: ProgramId;
  /** A git whose children carry the landing's mark and can prompt no person. */
  readonly git: Git;
  /** The folder of the landing's own worktree. */
  readonly folder: string;
  /** The private file for the output of the gate and of everything else run for this landing. */
  readonly logFile: string;
  readonly progress: (progress: LandProgress) => void;
  readonly signal: AbortSignal | undefined;
  /** Differences between two commits; commits never change, so each is asked once. */
  readonly changes: Map<string, Promise<readonly Change[]>>;
}

/** Lists all paths at which two commits differ. */
export async function changesOf(site: Site, from: Sha, to: Sha): Promise<readonly Change[]> {
  const key = rangeKey({ from, to });
  const known = site.changes.get(key) ?? changesBetween(site.git, from, to);
  site.changes.set(key, known);
  return await known;
}

const rangeKey = ({ from, to }: Range): string => `${from}..${to}`;

/** Compares several ranges at once, and finds the tree each of them comes to. */
export async function compareRanges(
  site: Site,
  ranges: readonly Range[],
): Promise<readonly RangeChanges[]> {
  const found = await compareEach(site.git, ranges);
  for (const [at, range] of ranges.entries()) {
    const changes = found[at]?.changes;
    if (changes !== undefined) site.changes.set(rangeKey(range), Promise.resolve(changes));
  }
  return found;
}

/**
 * The variable that everything a landing starts carries: recovery finds leftover processes by it.
 */
export const programMark = "PLEACH_PROGRAM";

/** Variables by which a program would find a person to ask for a passphrase. */
const prompting = ["DISPLAY", "WAYLAND_DISPLAY", "GPG_TTY", "SSH_TTY", "DBUS_SESSION_BUS_ADDRESS"];

/** Builds the git of a landing: its environment is marked, and without a way to prompt. */
export function landingGit(ground: Ground, id: ProgramId): Git {
  const kept = Object.entries(ground.env).filter(([name]) => !prompting.includes(name));
  const env: ExactEnv = {
    ...Object.fromEntries(kept),
    SSH_ASKPASS: "false",
    SSH_ASKPASS_REQUIRE: "force",
    [programMark]: id,
  };
  return ground.git.at(ground.repo.mainTop).under(env);
}

const graceMs = 2_000;
const limitMs = 10_000;

/** Ends the processes a landing has left running; false when they cannot be proven gone. */
export async function endMarked({ clock }: Ground, id: ProgramId): Promise<boolean> {
  const find = async () => await findMarked(programMark, id);
  return (await endAll(find, { clock, graceMs, limitMs })).kind === "gone";
}

/** Names a landing's own worktree. No track's name starts with a dot. */
export const integrationName = (slot: number): string => `.integration-${slot}`;

export const integrationFolder = (config: Config, slot: number): string =>
  join(config.worktrees.root, integrationName(slot));

/** Lists the tasks of all tracks that land together. */
export const tasksOf = ({ track, others }: Site): readonly TrackTask[] =>
  [track, ...others].flatMap(({ tasks }) => tasks);

/**
 * The folder of the landing's own files: logs, and the keys for which worktrees were provisioned.
 */
export const integrationState = (ground: Ground): string =>
  join(ground.repo.stateDir, "integration");

/** The index by which the landing itself looks at one of its worktrees; no gate is shown it. */
export const ownIndexOf = (ground: Ground, slot: Slot): string =>
  join(integrationState(ground), `index-${slot.number}`);

/** Builds the error for something else in the place of a landing's own worktree. */
export function foreign(folder: string): PleachError {
  return new PleachError({
    code: "land/folder-taken",
    message: `${folder} is where landings are put together, and something else lies there`,
    hint: `move it away, or set another worktrees.root in pleach.toml`,
    exitCode: ExitCode.prerequisite,
  });
}

interface Words {
  readonly detail: string;
  readonly hint: string;
  readonly paths?: readonly string[];
}

/** Builds the verdict that a person has to decide before this track can land. */
export function needsHuman(
  reason: HumanReason,
  { detail, hint, paths = [] }: Words,
): LandingVerdict {
  return { outcome: "needs-human", reason, detail, hint, paths, human: reason };
}

/**
 * Builds the verdict that the track cannot land as it is; it waits, so that it is not tried again
 * and again.
 */
export function refused(reason: string, words: Words): LandingVerdict {
  const { detail, hint, paths = [] } = words;
  return { outcome: "refused", reason, detail, hint, paths, human: "refused" };
}

/** Builds the verdict that the target is no longer where it was when the landing began. */
export function targetMoved(detail: string): LandingVerdict {
  const hint = "nothing to do: it is tried again on the new tip";
  return { outcome: "moved", reason: "moved", detail, hint, paths: [] };
}
