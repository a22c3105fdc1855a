import type { EpochMs } from "../../ground/clock.ts";
import type { Sha, TrackName } from "../../ground/ids.ts";
import type { Store } from "../../ground/store/store.ts";
import type { RescueRecord } from "./record.ts";

/** A worktree that was put away: by `drop`, or by retirement after its landing. */
export interface Drop {
  readonly track: TrackName;
  readonly time: string;
  readonly at: EpochMs;
  readonly why: "drop" | "retire";
  /** The place where the folder is kept; null when there was no folder. */
  readonly folder: string | null;
  /** The place where git's registration of the worktree is kept. */
  readonly aside: string | null;
  /** The registration's folder in `$GIT_COMMON_DIR/worktrees`. */
  readonly admin: string | null;
  readonly rescue: { readonly ref: string; readonly commit: Sha } | null;
  readonly record: RescueRecord;
  /** The state; `expired` when the folder is, or is being, deleted. */
  readonly state: "kept" | "restored" | "expired";
}

interface DropRow {
  readonly state: Drop["state"];
  readonly doc: string;
}

const fromRow = (row: DropRow): Drop => ({ ...(JSON.parse(row.doc) as Drop), state: row.state });

/** Lists all worktrees that were put away, newest first. */
export function allDrops(store: Store): readonly Drop[] {
  return store.all<DropRow>("SELECT state, doc FROM drops ORDER BY time DESC, track").map(fromRow);
}

export function findDrop(store: Store, track: TrackName, time: string): Drop | undefined {
  const sql = "SELECT state, doc FROM drops WHERE track = ? AND time = ?";
  const row = store.one<DropRow>(sql, track, time);
  return row === undefined ? undefined : fromRow(row);
}

export function saveDrop(store: Store, drop: Drop): void {
  store.write(
    `INSERT INTO drops (track, time, state, doc) VALUES (?, ?, ?, ?)
     ON CONFLICT (track, time) DO UPDATE SET state = excluded.state, doc = excluded.doc`,
    drop.track,
    drop.time,
    drop.state,
    JSON.stringify(drop),
  );
}
