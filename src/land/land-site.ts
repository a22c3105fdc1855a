import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../ground/config/config.ts";
import type { Ground } from "../ground/ground.ts";
import type { ProgramId } from "../ground/ids.ts";
import type { Track } from "../grow/track.ts";
import { integrationFolder, type LandProgress, landingGit, type Site } from "./site.ts";

export interface SiteParts {
  readonly ground: Ground;
  readonly config: Config;
  readonly track: Track;
  readonly id: ProgramId;
  readonly progress?: (progress: LandProgress) => void;
  readonly signal?: AbortSignal;
}

/** Puts together what the steps of one landing work with. */
export function siteOf({ ground, config, track, id, progress, signal }: SiteParts): Site {
  const logs = join(ground.repo.stateDir, "tracks", track.name);
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  return {
    ground,
    config,
    track,
    id,
    git: landingGit(ground, id),
    folder: integrationFolder(config),
    logFile: join(logs, "gate.log"),
    progress: progress ?? (() => undefined),
    signal,
    changes: new Map(),
  };
}
