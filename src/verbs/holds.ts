import type { Ground } from "../ground/ground.ts";
import type { Hold } from "../grow/limits/hold.ts";
import { allHolds } from "../grow/limits/hold-store.ts";
import { allTracks } from "../track/track-store.ts";
import { holdsToShow } from "../watch/holds.ts";

/** The accounts that are held now, as a person should see them. */
export const holdsOf = ({ store }: Pick<Ground, "store">): readonly Hold[] =>
  holdsToShow(allHolds(store), allTracks(store));
