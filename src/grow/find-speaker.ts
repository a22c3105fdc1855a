import type { Ground } from "../ground/ground.ts";
import { limitFor } from "../ground/proc/inherited-mark.ts";
import { lineMark } from "../ground/proc/line.ts";
import { lineage } from "../ground/proc/lineage.ts";
import { programOwners } from "../ground/program.ts";
import { heldLeases } from "../ground/store/lease.ts";
import { allTracks } from "../track/track-store.ts";
import { type Speaker, speakerOf } from "../worker/speaker.ts";
import { allWorkers } from "../worker/worker-store.ts";
import { agentMark } from "./turn/end-worker.ts";
import { trackMark } from "./worktree/environment.ts";

/** Finds the speaker of the command that this process was started for. */
export async function findSpeaker({ store, env }: Pick<Ground, "store" | "env">): Promise<Speaker> {
  const workers = allWorkers(store).map(({ id, track, agentProcess, supervisor }) => ({
    ...{ id, track, limit: limitFor(id) },
    processes: [agentProcess, supervisor].filter((process) => process !== null),
  }));
  return speakerOf(await lineage(), env, {
    workers,
    tracks: allTracks(store).map(({ name }) => name),
    acting: [...programOwners(store), ...heldLeases(store).map(({ owner }) => owner)],
    names: { worker: agentMark, line: lineMark, track: trackMark },
  });
}
