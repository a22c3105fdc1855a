import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../ground/config/config.ts";
import type { Ground } from "../../ground/ground.ts";
import type { ProgramId } from "../../ground/ids.ts";
import type { Track } from "../../track/track.ts";
import {
  integrationFolder,
  type LandProgress,
  landingGit,
  ownIndexOf,
  type Site,
  type Slot,
} from "./site.ts";

export interface SiteParts {
  readonly ground: Ground;
  readonly config: Config;
  readonly track: Track;
  readonly others?: readonly Track[];
  readonly id: ProgramId;
  readonly slot?: Slot;
  /** The name of the file for the gate's output, in the folder of the first track. */
  readonly log?: string;
  readonly progress?: (progress: LandProgress) => void;
  readonly signal?: AbortSignal;
}

/** Puts together everything that the steps of one landing work with. */
export function siteOf(parts: SiteParts): Site {
  const { ground, config, track, others = [], id, progress, signal } = parts;
  const { slot = { number: 1, isClean: false } } = parts;
  const logs = join(ground.repo.stateDir, "tracks", track.name);
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const folder = integrationFolder(config, slot.number);
  return {
    ground,
    config,
    ...{ track, others, slot, id },
    git: landingGit(ground, id).withOwnIndex(folder, ownIndexOf(ground, slot)),
    folder,
    logFile: join(logs, parts.log ?? "gate.log"),
    progress: progress ?? (() => undefined),
    signal,
    changes: new Map(),
  };
}
