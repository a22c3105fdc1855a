import type { Sha, TrackName } from "../ground/ids.ts";
import type { Store } from "../ground/store/store.ts";

/** A landing, as the journal has it. */
export interface Landed {
  readonly seq: number;
  readonly at: number;
  readonly track: TrackName;
  readonly commit: Sha;
}

interface LandedRow {
  readonly seq: number;
  readonly at: number;
  readonly track: TrackName;
  readonly commit: Sha | null;
}

/** Lists the landings since the live tracks were last told, oldest first. */
export function untoldLandings(store: Store): readonly Landed[] {
  const rows = store.all<LandedRow>(
    `SELECT seq, at, track, json_extract(payload, '$.commit') AS "commit" FROM events
     WHERE type = 'landing.landed' AND seq > (SELECT seq FROM news) ORDER BY seq`,
  );
  return rows.flatMap(({ commit, ...row }) => (commit === null ? [] : [{ ...row, commit }]));
}

/** Records that the live tracks have been told of all landings up to an event. */
export function recordNews(store: Store, seq: number): void {
  store.write("UPDATE news SET seq = max(seq, ?)", seq);
}
