import { requireAgent } from "../agents/known.ts";
import type { Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { branchRef, findCommit } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { isPaused } from "../track/track.ts";
import { recordTrack, requireTrack } from "../track/track-store.ts";
import { gatherEvidence } from "./done/worktree-facts.ts";
import { createWorker, type Launched, launchWorker, requireEnded, type Wish } from "./launch.ts";
import { requireOpen } from "./limits/require-open.ts";

/**
 * Starts a new worker in a track's own worktree: after a hand-back, a loss, a stop, or when a
 * person says go on. HANDOFF.md holds all that the new worker must know.
 * @throws PleachError when the last worker is not proven gone, or the worktree is not there
 */
export async function restartTrack(
  ground: Ground,
  config: Config,
  name: TrackName,
  wish: Wish = {},
): Promise<Launched> {
  const track = requireTrack(ground.store, name);
  requireAgent(config, track.agent);
  await requireEnded(ground, name);
  const tree = await gatherEvidence(ground.git, track);
  if (tree.kind === "missing") {
    throw new PleachError({
      code: "worktree/missing",
      message: `track ${name} cannot go on: ${tree.why}`,
      hint: `pleach drop ${name} keeps what its branch holds; then start it anew`,
      exitCode: ExitCode.needsHuman,
    });
  }
  // Only a person sends a track on from these states.
  const afresh = ["needs-human", "ready", "restored"].includes(track.at.state);
  const again = afresh ? `pleach ${isPaused(track) ? "resume" : "start"} ${name}` : undefined;
  requireOpen(ground, config, { track: name, agent: track.agent, again });
  const refused = track.at.state === "handed-back";
  const tip = refused ? await findCommit(ground.git, branchRef(track.branch)) : undefined;
  const id = ground.ids.worker();
  ground.store.transaction(() => {
    recordTrack(ground, name, { type: "track.started" });
    createWorker(ground, { id, track: name, agent: track.agent, refusedTip: tip ?? null, afresh });
  });
  return await launchWorker(ground, name, id, wish);
}
