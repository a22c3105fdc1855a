import { copyFileSync, existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, PleachError } from "../../ground/errors.ts";
import type { Ground } from "../../ground/ground.ts";
import { writeWhole } from "../../ground/whole-file.ts";

type Place = Pick<Ground, "repo">;

const keptFile = ({ repo }: Place): string => join(repo.stateDir, "config.kept");

/** Keeps a copy of the repository's configuration, private as that may hold secrets. */
export function keepConfig(ground: Place): void {
  const config = join(ground.repo.commonDir, "config");
  if (existsSync(config)) writeWhole(keptFile(ground), readFileSync(config));
}

/**
 * Puts the configuration back as it was when workers started.
 * @returns the file in which the present configuration is kept
 * @throws PleachError `doctor/no-kept-config` when no worker was started yet
 */
export function restoreConfig(ground: Pick<Ground, "repo" | "clock">): string {
  const kept = keptFile(ground);
  const config = join(ground.repo.commonDir, "config");
  if (!existsSync(kept)) {
    throw new PleachError({
      code: "doctor/no-kept-config",
      message: `there is no copy of ${config}: one is made when workers start`,
      hint: `git config --file '${config}' --list shows what is there`,
      exitCode: ExitCode.failed,
    });
  }
  const aside = join(ground.repo.stateDir, `config.${ground.clock.now()}`);
  if (existsSync(config)) copyFileSync(config, aside);
  const fresh = `${config}.pleach`;
  copyFileSync(kept, fresh);
  renameSync(fresh, config);
  return aside;
}
