import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { driverName } from "../backlog/driver.ts";
import type { Config } from "../ground/config/config.ts";
import type { Ground } from "../ground/ground.ts";
import { isGone } from "../ground/proc/identity.ts";
import { matches, parseGlob } from "../plan/glob.ts";
import { Radar } from "./radar.ts";

/** What a look that was killed left behind goes after a day. */
const leftoverMs = 24 * 3_600_000;

/** The radar of a repository; whoever opens it closes it. */
export function openRadar(ground: Ground, config: Config): Radar {
  const scratchRoot = join(ground.repo.stateDir, "radar");
  sweep(scratchRoot, ground.clock.now() - leftoverMs);
  const soft = config.soft.map(({ pattern }) => parseGlob(pattern));
  return new Radar({
    git: ground.git.at(ground.repo.mainTop),
    commonDir: ground.repo.commonDir,
    scratchRoot,
    target: config.target,
    isLeftOut: (path) => path === config.tasks,
    isSoft: (path) => soft.some((glob) => matches(glob, path)),
    mutedDriver: driverName,
  });
}

function sweep(folder: string, before: number): void {
  try {
    for (const name of readdirSync(folder)) {
      const old = join(folder, name);
      // Written anew with each look.
      const used = statSync(join(old, "objects/info/alternates"), { throwIfNoEntry: false });
      if ((used ?? statSync(old)).mtimeMs < before) rmSync(old, { recursive: true, force: true });
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
