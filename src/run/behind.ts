import type { TrackName } from "../ground/ids.ts";
import type { TrackState } from "../track/track.ts";

/** What the order of two is decided from. */
export interface Orderable {
  readonly name: TrackName;
  readonly at: TrackState;
  /** When it was cut, in epoch milliseconds: the earlier of two goes first. */
  readonly createdAt: number;
  /** False for one that waits for a person or a forge anyway: nobody waits for it. */
  readonly landsByItself: boolean;
}

/** With whom each track conflicted when the radar last looked. */
type Conflicts = ReadonlyMap<string, readonly { readonly track: string }[]>;

/**
 * `radar.action = "hold-later"`: of two tracks that conflict the later one begins no turn, does not
 * land, and does not go on after a hand-back until the earlier has landed. A turn that runs is not
 * interrupted, and nobody waits for a track that has stopped moving by itself. Nobody waits in a circle: only for an earlier.
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

/** Which of two goes first, the same whoever asks. */
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
    // Its account may be closed for hours.
    case "held":
      return "behind" in at && landsByItself;
  }
}
