import type { TrackName } from "../ground/ids.ts";
import { isHeldAlive } from "../ground/store/lease.ts";
import type { Store } from "../ground/store/store.ts";

type Behind = ReadonlyMap<TrackName, TrackName>;

/**
 * Reads the track that each track waits for, as a run decided last; within a run that decision is
 * current.
 */
export function recordedBehind(store: Store): Behind {
  const rows = store.all<{ readonly track: TrackName; readonly first: TrackName }>(
    "SELECT track, first FROM behind ORDER BY track",
  );
  return new Map(rows.map(({ track, first }) => [track, first]));
}

/** Keeps which track waits for which other; writes only changes. */
export function recordBehind(store: Store, behind: Behind): void {
  const before = recordedBehind(store);
  if (before.size === behind.size && [...before].every(([at, to]) => behind.get(at) === to)) return;
  store.transaction(() => {
    store.write("DELETE FROM behind");
    for (const [track, first] of behind) {
      store.write("INSERT INTO behind (track, first) VALUES (?, ?)", track, first);
    }
  });
}

/**
 * Reads the track that each track has to wait for, as the living run has decided; without a run no
 * track waits, as nothing would let it go on.
 */
export async function behindNow(store: Store): Promise<Behind> {
  const recorded = recordedBehind(store);
  return recorded.size > 0 && (await isHeldAlive(store, "run")) ? recorded : new Map();
}
