import type { Config } from "../ground/config/config.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import type { RemovalOptions } from "./ref/removal.ts";
import { remove } from "./retire.ts";

/** The JSON document of `drop --json`. */
export interface DropReport {
  readonly schema: 1;
  readonly track: TrackName;
  /** The rescue ref; null when there was nothing to keep. */
  readonly rescue: string | null;
  /** The command line that brings the track back. */
  readonly restore: string;
  /** The place where the folder is kept for a while; absent when there was no folder. */
  readonly folder?: string;
  /** Notes on steps that went not quite as they should; absent when all did. */
  readonly notes?: readonly string[];
}

/**
 * Discards a track so that nothing is lost: ends its worker, writes the rescue ref, moves its
 * folder aside, takes away its registration, its branch and its ports.
 * @throws PleachError `drop/…` when anything speaks against it: then nothing but its worker, which
 * was ended, has changed
 */
export async function dropTrack(
  ground: Ground,
  config: Config,
  name: TrackName,
  options: RemovalOptions = {},
): Promise<DropReport> {
  const { drop, notes } = await remove(ground, config, {
    name,
    purpose: { kind: "drop" },
    options,
  });
  return {
    schema: 1,
    track: name,
    rescue: drop.rescue?.ref ?? null,
    restore: `pleach restore ${drop.rescue?.ref ?? `${drop.track}/${drop.time}`}`,
    ...(drop.folder === null ? {} : { folder: drop.folder }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}
