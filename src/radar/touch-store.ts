import { asRepoPath, isInside, type RepoPath } from "../ground/ids.ts";
import type { Store } from "../ground/store/store.ts";
import { pathFromStore, storedPath } from "../ground/store/stored-path.ts";
import type { Scan, SubjectSeen } from "./scan.ts";

/*
 * The paths each track has touched, as the radar last saw them. A merge would not tell: it says
 * nothing of a file that only one of two has changed, and at that time the other can still choose.
 */

/** A change of a path by a track. */
export interface Touch {
  readonly path: RepoPath;
  readonly track: string;
  /** Whether the change is committed; false as long as part of it is not. */
  readonly committed: boolean;
}

/** A text after which no path comes. */
const last = "\u{10ffff}";

interface TouchRow {
  readonly path: RepoPath;
  readonly track: string;
  readonly committed: 0 | 1;
}

/**
 * Finds the live tracks that have changed a path, or anything in it when it is a folder; "" is all.
 */
export function touchesOf(store: Store, path: string): readonly Touch[] {
  const folder = storedPath(path.replace(/\/*$/, ""));
  // `0` follows `/`: the range holds every path that begins with the folder's name and a slash.
  return store
    .all<TouchRow>(
      `SELECT path, track, committed FROM radar_touches JOIN tracks ON tracks.name = track
       WHERE (path = ? OR (path > ? AND path < ?)) AND state NOT IN ('landed', 'dropped', 'failed')
       ORDER BY path, track`,
      ...(folder === "" ? ["", "", last] : [folder, `${folder}/`, `${folder}0`]),
    )
    .map(({ path, track, committed }) => ({
      path: asRepoPath(pathFromStore(path)),
      ...{ track, committed: committed === 1 },
    }));
}

/** Lists the changes of a line of work, as a look has seen it. */
function touchesBy(one: SubjectSeen): readonly Touch[] {
  if (one.state === "unknown") return [];
  const track = one.subject.name;
  const open = new Set<string>(one.uncommitted);
  return one.changed.map((path) => ({ path, track, committed: !open.has(path) }));
}

/** Finds touches as `touchesOf` does, among all that a look has seen, tracks or not. */
export function touchesIn({ seen }: Pick<Scan, "seen">, path: string): readonly Touch[] {
  return seen
    .flatMap(touchesBy)
    .filter((touch) => isInside(touch.path, path))
    .toSorted((a, b) => compared(a.path, b.path) || compared(a.track, b.track));
}

const compared = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

interface TouchChange {
  readonly track: string;
  readonly touches: readonly Touch[];
}

/**
 * Finds the tracks whose touches have changed, each with all of them; a track not seen has none.
 */
export function changedTouches(store: Store, { seen }: Scan): readonly TouchChange[] {
  const rows = store.all<TouchRow>("SELECT path, track, committed FROM radar_touches");
  const before = new Map<string, string[]>();
  for (const { path, track, committed } of rows) {
    before.set(track, [...(before.get(track) ?? []), `${committed}${pathFromStore(path)}`]);
  }
  const keyOf = (marks: readonly string[]): string => marks.toSorted().join("\0");
  const changes = seen.flatMap((one): readonly TouchChange[] => {
    // A change that cannot be looked at now has not been undone.
    if (one.state === "unknown") return [];
    const track = one.subject.name;
    const touches = touchesBy(one);
    const marks = touches.map(({ path, committed }) => `${committed ? 1 : 0}${path}`);
    return keyOf(marks) === keyOf(before.get(track) ?? []) ? [] : [{ track, touches }];
  });
  const names = new Set(seen.map(({ subject }) => subject.name));
  const gone = [...before.keys()].filter((track) => !names.has(track));
  return [...changes, ...gone.map((track) => ({ track, touches: [] }))];
}

/** Writes the changed touches; call it in a transaction. */
export function recordTouches(store: Store, changes: readonly TouchChange[]): void {
  for (const { track, touches } of changes) {
    store.write("DELETE FROM radar_touches WHERE track = ?", track);
    for (const { path, committed } of touches) {
      store.write(
        "INSERT INTO radar_touches (path, track, committed) VALUES (?, ?, ?)",
        ...[storedPath(path), track, committed ? 1 : 0],
      );
    }
  }
}
