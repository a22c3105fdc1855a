import type { Config } from "../../ground/config/config.ts";
import type { Ground } from "../../ground/ground.ts";
import type { TrackName } from "../../ground/ids.ts";
import type { Program } from "../../ground/program.ts";
import type { Track } from "../../track/track.ts";
import type { Drop } from "./drop-store.ts";

/**
 * The steps that put a worktree away, in this order; each looks first whether it was done before.
 */
export const dropSteps = ["end", "rescue", "teardown", "move", "unregister", "branch"] as const;
export type DropStep = (typeof dropSteps)[number];

/** The knowledge of a drop or a retirement; see `Drop` for the result. */
export type DropFacts = {
  readonly track: TrackName;
  readonly time: string;
  readonly worktree: string;
  /** The place the folder goes to; null when there is no folder. */
  readonly folder: string | null;
  readonly admin: string | null;
  readonly aside: string | null;
  readonly rescue: Drop["rescue"];
  /** The text of `record.json`; null until the worktree was looked at. */
  readonly record: string | null;
  /** Notes for people on steps that went not quite as they should. */
  readonly notes: readonly string[];
};

/** The error by which a track with late commits is not put away. */
export const lateCode = "drop/late";

/**
 * Counts the commits that came onto a track's branch after the track had landed; undefined when
 * there are none. A caller hands this in, because only landing knows which commits a landing had.
 */
export type FindLate = (
  ground: Ground,
  track: Track,
) => Promise<{ readonly commits: number } | undefined>;

/**
 * Why a worktree is put away: only a retirement stops at late commits; a drop keeps them in its
 * rescue ref.
 */
export type Purpose =
  | { readonly kind: "drop" }
  | { readonly kind: "retire"; readonly findLate: FindLate };

export interface RemovalOptions {
  /** Gets a line for each thing that takes a while. */
  readonly onProgress?: (line: string) => void;
}

export interface RetireOptions extends RemovalOptions {
  readonly findLate: FindLate;
}

/** A removal under way, or taken over. */
export interface Removal {
  readonly ground: Ground;
  readonly config: Config;
  readonly track: Track;
  readonly purpose: Purpose;
  readonly onProgress: (line: string) => void;
  readonly program: Program<DropStep, DropFacts>;
}
