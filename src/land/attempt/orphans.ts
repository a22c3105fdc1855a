import type { Ground } from "../../ground/ground.ts";
import { liveness } from "../../ground/proc/identity.ts";
import { openPrograms } from "../../ground/program.ts";
import { heldLeases } from "../../ground/store/lease.ts";
import { allTracks, recordTrack } from "../../track/track-store.ts";
import { type LandingFacts, type LandStep, membersOf } from "../landing/landing.ts";

/** The kind of program that a landing is. */
export const landingKind = "land";

/** The lease of the one process that lands in a repository. */
export const landingLease = "land";

/**
 * Makes tracks ready again that are said to land while no landing has them: their process ended
 * between two attempts, the first given up and the second not begun. Nothing changes while the
 * process that holds the lease of landings lives, or cannot be looked at.
 * @param isHolder whether this very process holds the lease, and has begun no landing
 */
export async function freeOrphans(ground: Ground, isHolder: boolean): Promise<void> {
  const { store } = ground;
  if (orphansIn(ground).length === 0) return;
  const holder = () => heldLeases(store).find(({ name }) => name === landingLease);
  const before = holder();
  if (!isHolder && before !== undefined && (await liveness(before.owner)) !== "gone") return;
  store.transaction(() => {
    // Another process may have begun to land since the look.
    if (JSON.stringify(holder()) !== JSON.stringify(before)) return;
    for (const { name, tip } of orphansIn(ground)) {
      recordTrack(ground, name, { type: "track.ready", tip });
    }
  });
}

function orphansIn({ store }: Ground) {
  const programs = openPrograms<LandStep, LandingFacts>(store, landingKind);
  const members = programs.flatMap(({ facts }) => membersOf(facts).map(({ track }) => track));
  return allTracks(store).flatMap(({ name, at }) =>
    at.state === "landing" && !members.includes(name) ? [{ name, tip: at.tip }] : [],
  );
}
