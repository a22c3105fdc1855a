import type { Config } from "../ground/config/config.ts";
import type { Ground } from "../ground/ground.ts";
import type { Track } from "../grow/track.ts";
import { chooseHost, wantsTmux } from "../hosts/choice.ts";
import type { HostWish } from "../hosts/host.ts";
import { lookForTmux } from "../hosts/tmux.ts";

/** What a track loses by where it can run, in a sentence; null when it is as asked. */
export async function lostHost(
  { env }: Pick<Ground, "env">,
  { host, mode }: Pick<Track, "host" | "mode">,
): Promise<string | null> {
  const asked = { wish: host, mode };
  return wantsTmux(asked) ? chooseHost(asked, await lookForTmux(env)).lost : null;
}

/** The same for a run, whose tracks have the modes of its agents. */
export async function lostHosts(
  ground: Pick<Ground, "env">,
  config: Config,
  given: HostWish | undefined,
): Promise<string | null> {
  const host = given ?? config.host;
  const terminal = [...config.agents.values()].some(({ mode }) => mode === "terminal");
  return await lostHost(ground, { host, mode: terminal ? "terminal" : "stream" });
}
