import { findLate } from "../land/landing/late.ts";
import { type CleanReport, clean } from "../rescue/clean.ts";
import { recoverAll } from "../run/recover.ts";
import type { Caller } from "./caller.ts";
import { consentTo, type Project } from "./project.ts";

export interface CleanRequest {
  /** Only says what would be done. */
  readonly dryRun: boolean;
  /** Also deletes kept folders that are past their time. */
  readonly expired: boolean;
  readonly yes: boolean;
}

/** Puts away the worktrees that are proven safe. Putting them away runs the teardown of the configuration. */
export async function cleanUp(
  project: Project,
  { dryRun, expired, yes }: CleanRequest,
  caller: Caller,
): Promise<CleanReport> {
  const { ground, config } = project;
  if (!dryRun) {
    await consentTo(project, caller, { yes });
    await recoverAll(ground, config);
  }
  const onProgress = (line: string): void => caller.note(line);
  return await clean(ground, config, { dryRun, expired, findLate, onProgress });
}
