import type { Config } from "../ground/config/config.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import type { Program } from "../ground/program.ts";
import type { Track } from "../grow/track.ts";
import type { Drop } from "./rescue-store.ts";

/** How a worktree is put away, in this order; each step looks first whether it was done before. */
export const dropSteps = ["end", "rescue", "teardown", "move", "unregister", "branch"] as const;
export type DropStep = (typeof dropSteps)[number];

/** What a drop or a retirement knows; see `Drop` for what becomes of it. */
export type DropFacts = {
  readonly track: TrackName;
  readonly time: string;
  readonly worktree: string;
  /** Where the folder goes; null when there is none. */
  readonly folder: string | null;
  readonly admin: string | null;
  readonly aside: string | null;
  readonly rescue: Drop["rescue"];
  /** The text of `record.json`; null until the worktree was looked at. */
  readonly record: string | null;
  /** What went not quite as it should, for people. */
  readonly notes: readonly string[];
};

export type RemovalKind = Drop["why"];

export interface RemovalOptions {
  /** Gets a line for each thing that takes a while. */
  readonly onProgress?: (line: string) => void;
}

/** A removal under way, or taken over. */
export interface Removal {
  readonly ground: Ground;
  readonly config: Config;
  readonly track: Track;
  readonly kind: RemovalKind;
  readonly onProgress: (line: string) => void;
  readonly program: Program<DropStep, DropFacts>;
}
