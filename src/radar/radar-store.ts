import type { EpochMs } from "../ground/clock.ts";
import type { RepoPath, TrackName } from "../ground/ids.ts";
import type { Store } from "../ground/store/store.ts";
import { storedPath } from "../ground/store/stored-path.ts";
import { conflictsOf, formatBreak, hintOf, overlapsOf, type TrackOverlap } from "./overlap.ts";
import type { Scan } from "./scan.ts";
import type { Breakage } from "./symbols/may-break.ts";
import { changedTouches, recordTouches } from "./touch-store.ts";

export type TrackConflicts = readonly {
  readonly track: string;
  readonly paths: readonly RepoPath[];
}[];

/** Reads the conflicts of each track at the last look; a track never seen is not in the map. */
export function lastConflicts(store: Store): ReadonlyMap<string, TrackConflicts> {
  return new Map(
    store
      .all<{ track: string; doc: string }>("SELECT track, doc FROM radar_looks")
      .map(({ track, doc }) => [track, JSON.parse(doc) as TrackConflicts]),
  );
}

/** Reads the commit of each track at the last look; a track never seen is not in the map. */
export function lastHeads(store: Store): ReadonlyMap<string, string | null> {
  return new Map(
    store
      .all<{ track: string; head: string | null }>("SELECT track, head FROM radar_looks")
      .map(({ track, head }) => [track, head]),
  );
}

interface LookRow {
  readonly track: string;
  readonly head: string | null;
  readonly doc: string;
}

/** Keeps what was seen of the tracks, and writes only changes. */
export function recordScan(store: Store, scan: Scan, now: EpochMs): void {
  const overlaps = overlapsOf(scan);
  const known = store.all<LookRow>("SELECT track, head, doc FROM radar_looks");
  const before = new Map(known.map((row) => [row.track, row]));
  const after = scan.seen.flatMap((one): readonly LookRow[] => {
    if (one.state === "unknown") return [];
    const { name } = one.subject;
    const doc = JSON.stringify(conflictsOf(overlaps, name));
    return [{ track: name, head: one.head, doc }];
  });
  const names = new Set(after.map(({ track }) => track));
  const gone = [...before.keys()].filter((track) => !names.has(track));
  const changed = after.filter(({ track, head, doc }) => {
    const former = before.get(track);
    return former?.head !== head || former.doc !== doc;
  });
  const touches = changedTouches(store, scan);
  if (gone.length + changed.length + touches.length === 0) return;
  store.transaction(() => {
    recordTouches(store, touches);
    for (const track of gone) store.write("DELETE FROM radar_looks WHERE track = ?", track);
    for (const { track, head, doc } of changed) {
      store.write(
        `INSERT INTO radar_looks (track, at, head, doc) VALUES (?, ?, ?, ?)
         ON CONFLICT (track) DO UPDATE SET at = excluded.at, head = excluded.head, doc = excluded.doc`,
        ...[track, now, head, doc],
      );
    }
  });
}

/** The live tracks: a track that reuses a name starts with nothing told. */
export type LiveTracks = readonly { readonly name: TrackName; readonly createdAt: EpochMs }[];

/** Finds the overlaps, and of each the paths, that have not been told yet. */
export function untoldOverlaps(
  store: Store,
  scan: Scan,
  live: LiveTracks,
): readonly TrackOverlap[] {
  return overlapsOf(scan).flatMap((overlap) => {
    const tracks = sorted(overlap.tracks);
    const paths = overlap.paths.filter(
      (path) =>
        store.one(
          "SELECT 1 FROM radar_told WHERE track = ? AND other = ? AND path = ?",
          ...[...idsOf(tracks, live), storedPath(path)],
        ) === undefined,
    );
    return paths.length === 0 ? [] : [{ tracks, paths }];
  });
}

/**
 * Records that both tracks have been told: in the journal, and so that they are not told again.
 * @param held the track that has to land after the other
 */
export function recordTold(
  store: Store,
  { tracks, paths }: TrackOverlap,
  { live, held }: { readonly live: LiveTracks; readonly held?: TrackName | undefined },
): void {
  store.transaction(() => {
    for (const path of paths) {
      store.write(
        "INSERT OR IGNORE INTO radar_told (track, other, path) VALUES (?, ?, ?)",
        ...[...idsOf(tracks, live), storedPath(path)],
      );
    }
    const later = held === undefined ? {} : { held };
    store.append({ type: "radar.overlapped", tracks, paths, ...later });
  });
}

/** Finds the pairs, and of each the likely breaks, that have not been told yet. */
export function untoldBreaks(
  store: Store,
  { breaks }: Scan,
  live: LiveTracks,
): readonly Breakage[] {
  return breaks.flatMap(({ names, breaks: all }) => {
    const tracks = sorted(names);
    const fresh = all.filter(
      (one) =>
        store.one(
          "SELECT 1 FROM radar_hinted WHERE track = ? AND other = ? AND hint = ?",
          ...[...idsOf(tracks, live), hintOf(one)],
        ) === undefined,
    );
    return fresh.length === 0 ? [] : [{ names: tracks, breaks: fresh }];
  });
}

/** Records that both tracks have been told, as `recordTold` does. */
export function recordHinted(store: Store, { names, breaks }: Breakage, live: LiveTracks): void {
  store.transaction(() => {
    for (const one of breaks) {
      store.write(
        "INSERT OR IGNORE INTO radar_hinted (track, other, hint) VALUES (?, ?, ?)",
        ...[...idsOf(names, live), hintOf(one)],
      );
    }
    store.append({ type: "radar.suspected", tracks: names, hints: breaks.map(formatBreak) });
  });
}

function idsOf(tracks: TrackOverlap["tracks"], live: LiveTracks): readonly string[] {
  return tracks.map((name) => `${name}@${live.find((one) => one.name === name)?.createdAt ?? 0}`);
}

const sorted = ([a, b]: readonly [string, string]): readonly [string, string] =>
  a < b ? [a, b] : [b, a];
