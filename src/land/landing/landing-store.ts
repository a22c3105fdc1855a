import type { Clock, EpochMs } from "../../ground/clock.ts";
import type { ProgramId, Sha, TaskId, TrackName } from "../../ground/ids.ts";
import type { Store } from "../../ground/store/store.ts";
import type { Track } from "../../track/track.ts";
import type { LandReport } from "./landing.ts";

interface StoreGround {
  readonly store: Store;
  readonly clock: Clock;
}

/** A landing that is over, as it is stored. */
export type RecordedLanding = LandReport & {
  /** The commits that were brought together, when the landing came that far. */
  readonly tip?: Sha;
  readonly onto?: Sha;
};

/**
 * Records how a landing ended for one track: journal and projection, in the caller's transaction.
 */
export function recordLanding(
  { store, clock }: StoreGround,
  id: ProgramId,
  landing: RecordedLanding,
): void {
  const { track, union, outcome, reason, detail, onto, commit, tree, paths, gate } = landing;
  const type = outcome === "landed" ? "landing.landed" : "landing.stopped";
  store.append({
    type,
    track,
    ...(union === undefined ? {} : { union }),
    outcome,
    ...(gate === null ? {} : { seconds: gate.seconds }),
    ...(gate?.flaky === true ? { flaky: true } : {}),
    ...(gate?.allowed === undefined ? {} : { allowed: gate.allowed.slice(0, 100) }),
    ...(reason === undefined ? {} : { reason }),
    ...(detail === undefined ? {} : { detail }),
    // The commit the landing was tried on, or has landed on.
    ...(onto === undefined ? {} : { onto }),
    ...(commit === undefined ? {} : { commit }),
    ...(landing.deciding === undefined ? {} : { deciding: landing.deciding }),
    ...(landing.owed === undefined ? {} : { owed: landing.owed.map(({ detail }) => detail) }),
    ...(tree === undefined ? {} : { tree }),
    paths: paths.slice(0, 100),
  });
  store.write(
    `INSERT INTO landings (id, track, outcome, at, doc) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, doc = excluded.doc`,
    union === undefined ? id : `${id}/${track}`,
    track,
    outcome,
    clock.now(),
    JSON.stringify(landing),
  );
}

/** Finds the landing of a track that ended last. */
export function findLatestLanding(store: Store, track: TrackName): RecordedLanding | undefined {
  const sql = "SELECT doc FROM landings WHERE track = ? ORDER BY at DESC, rowid DESC LIMIT 1";
  const row = store.one<{ doc: string }>(sql, track);
  return row === undefined ? undefined : (JSON.parse(row.doc) as RecordedLanding);
}

/** Finds the landing of this very track that stands: not undone, and with its two commits known. */
export function findStanding(
  store: Store,
  { name, createdAt }: Pick<Track, "name" | "createdAt">,
): { readonly tip: Sha; readonly commit: Sha } | undefined {
  const row = store.one<{ doc: string }>(
    `SELECT doc FROM landings WHERE track = ? AND at >= ? AND outcome = 'landed'
     ORDER BY at DESC, rowid DESC LIMIT 1`,
    ...[name, createdAt],
  );
  const { tip, commit } = row === undefined ? {} : (JSON.parse(row.doc) as RecordedLanding);
  return tip === undefined || commit === undefined ? undefined : { tip, commit };
}

/** Counts how often this very track has landed. */
export function countLandings(
  store: Store,
  { name, createdAt }: Pick<Track, "name" | "createdAt">,
): number {
  const sql =
    "SELECT count(*) AS n FROM landings WHERE track = ? AND at >= ? AND outcome = 'landed'";
  return store.one<{ n: number }>(sql, name, createdAt)?.n ?? 0;
}

/** Lists the tasks that have landed and could not be ticked. */
export function owedTicks(store: Store): ReadonlySet<TaskId> {
  const sql = `SELECT doc FROM landings
    WHERE outcome = 'landed' AND json_extract(doc, '$.owed') IS NOT NULL`;
  const landings = store.all<{ doc: string }>(sql).map(({ doc }) => JSON.parse(doc) as LandReport);
  return new Set(landings.flatMap(({ owed = [] }) => owed.map(({ id }) => id)));
}

/** Finds the newest landing that stands: neither undone nor an undoing itself. */
export function findLastLanded(store: Store): RecordedLanding | undefined {
  const sql = "SELECT doc FROM landings WHERE outcome = 'landed' ORDER BY at DESC, rowid DESC";
  const row = store.one<{ doc: string }>(`${sql} LIMIT 1`);
  return row === undefined ? undefined : (JSON.parse(row.doc) as RecordedLanding);
}

/** Records that a landing was taken back by another landing: neither is to be undone again. */
export function recordUndone({ store }: StoreGround, undone: RecordedLanding, by: TrackName): void {
  const { track, commit = "" } = undone;
  store.transaction(() => {
    store.append({ type: "landing.undone", track, by, commit });
    const which = "outcome = 'landed' AND json_extract(doc, '$.commit') = ?";
    store.write(`UPDATE landings SET outcome = 'undone' WHERE ${which}`, commit);
    store.write(
      "UPDATE landings SET outcome = 'undoing' WHERE track = ? AND outcome = 'landed'",
      by,
    );
  });
}

/** Lists the landings since a time, oldest first. */
export function landedSince(store: Store, since: EpochMs): readonly RecordedLanding[] {
  const sql = "SELECT doc FROM landings WHERE outcome = 'landed' AND at >= ? ORDER BY at, rowid";
  return store
    .all<{ doc: string }>(sql, since)
    .map(({ doc }) => JSON.parse(doc) as RecordedLanding);
}
