import type { TrackName } from "../ground/ids.ts";
import type { TrackState } from "../track/track.ts";

/** The facts that decide the order of two tracks. */
export interface Orderable {
  readonly name: TrackName;
  readonly at: TrackState;
  /** When the track was cut, in epoch milliseconds: the earlier of two goes first. */
  readonly createdAt: number;
  /** False for a track that waits for a person or a forge anyway: no other waits for it. */
  readonly landsByItself: boolean;
}

/** The tracks each track conflicted with when the radar last looked. */
type Conflicts = ReadonlyMap<string, readonly { readonly track: string }[]>;

/**
 * Orders conflicting tracks (`radar.action = "hold-later"`): the later one begins no turn, does not
 * land, and does not go on after a hand-back until the earlier has landed. A running turn is not
 * interrupted, and no track waits for one that has stopped moving by itself. No tracks wait in a
 * circle: a track waits only for an earlier one.
 * @returns the track that each of them waits for
 */
export function behindAmong(
  tracks: readonly Orderable[],
  conflicts: Conflicts,
): ReadonlyMap<TrackName, TrackName> {
  const behind = new Map<TrackName, TrackName>();
  for (const later of tracks) {
    const others = new Set((conflicts.get(later.name) ?? []).map(({ track }) => track));
    const earlier = tracks
      .filter((one) => others.has(one.name) && moves(one) && comesBefore(one, later))
      .toSorted((a, b) => (comesBefore(a, b) ? -1 : 1))[0];
    if (earlier !== undefined) behind.set(later.name, earlier.name);
  }
  return behind;
}

/** Whether the first of two tracks goes before the second, the same for every caller. */
export function comesBefore(
  a: Pick<Orderable, "name" | "createdAt">,
  b: Pick<Orderable, "name" | "createdAt">,
): boolean {
  return a.createdAt === b.createdAt ? a.name < b.name : a.createdAt < b.createdAt;
}

function moves({ at, landsByItself }: Orderable): boolean {
  switch (at.state) {
    case "provisioning":
    case "growing":
    case "ready":
    case "landing":
    case "handed-back":
      return landsByItself;
    case "planned":
    case "landed":
    case "failed":
    case "needs-human":
    case "dropped":
    case "restored":
      return false;
    // The account of a track held for another reason may be closed for hours.
    case "held":
      return "behind" in at && landsByItself;
  }
}
