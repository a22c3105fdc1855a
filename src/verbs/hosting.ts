import type { Config } from "../ground/config/config.ts";
import type { Ground } from "../ground/ground.ts";
import type { Wish } from "../grow/launch.ts";
import { lookForHost } from "../hosts/look.ts";
import type { Track } from "../track/track.ts";

/** Says in a sentence what a track loses by where it can run; null when it runs as asked. */
export async function lostHost(
  { env }: Pick<Ground, "env">,
  { host, mode }: Pick<Track, "host" | "mode">,
): Promise<string | null> {
  return (await lookForHost({ wish: host, mode }, env)).lost;
}

/** The same for a run, whose tracks have the modes of its agents. */
export async function lostHosts(
  ground: Pick<Ground, "env">,
  config: Config,
  wish: Wish,
): Promise<string | null> {
  const host = wish.host ?? config.host;
  const modes = [...config.agents.values()].map(({ mode }) => mode);
  const mode = wish.mode ?? (modes.includes("terminal") ? "terminal" : "stream");
  return await lostHost(ground, { host, mode });
}
