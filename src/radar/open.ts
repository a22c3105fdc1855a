import { driverName } from "../backlog/merge/driver.ts";
import type { Config } from "../ground/config/config.ts";
import type { Ground } from "../ground/ground.ts";
import { policiesOf } from "../plan/soft.ts";
import { Radar } from "./radar.ts";
import type { Scan, Subject } from "./scan.ts";
import { scratchPrefixOf, sweepScratch } from "./scratch.ts";

/** Opens the radar of a repository; the caller closes it. */
export function openRadar(ground: Ground, config: Config): Radar {
  const { stateDir, commonDir, mainTop } = ground.repo;
  sweepScratch(stateDir, ground.clock.now());
  return new Radar({
    git: ground.git.at(mainTop),
    commonDir,
    scratchPrefix: () => scratchPrefixOf(stateDir),
    target: config.target,
    isLeftOut: (path) => path === config.tasks,
    policyOf: policiesOf(config),
    mutedDriver: driverName,
  });
}

/** Scans these subjects once. @throws PleachError when the target is not there */
export async function scanOnce(
  ground: Ground,
  config: Config,
  subjects: readonly Subject[],
): Promise<Scan> {
  const radar = openRadar(ground, config);
  try {
    return await radar.scan(subjects);
  } finally {
    radar.close();
  }
}
