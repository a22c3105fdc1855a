import { liveness } from "../ground/proc/identity.ts";
import { heldLeases } from "../ground/store/lease.ts";
import type { Store } from "../ground/store/store.ts";
import type { RunNow } from "../watch/next.ts";

/** The lease by which one orchestrator at a time works in a repository. */
export const runLease = "run";

/** Finds the run that works here; one that cannot be looked at may still work. */
export async function lookForRun(store: Store): Promise<RunNow | undefined> {
  const held = heldLeases(store).find(({ name }) => name === runLease);
  if (held === undefined) return undefined;
  const life = await liveness(held.owner);
  if (life === "gone") return undefined;
  return { pid: held.owner.pid, since: held.since, isCertain: life === "alive" };
}
