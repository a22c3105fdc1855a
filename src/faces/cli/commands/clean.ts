import { ExitCode } from "../../../ground/errors.ts";
import { findLate } from "../../../land/landing/late.ts";
import { clean as cleanUp } from "../../../rescue/clean.ts";
import { recoverAll } from "../../../run/recover.ts";
import { consentTo, openProject } from "../../../verbs/project.ts";
import { formatClean } from "../../../watch/clean.ts";
import { callerOf } from "../caller.ts";
import { flag, jsonFlag, verb, yesFlag } from "../verb.ts";

export const cleanVerb = verb({
  args: {},
  options: {
    dryRun: flag("-n, --dry-run", "only say what would be done"),
    expired: flag("--expired", "also delete kept folders that are older than `keep`"),
    json: jsonFlag,
    yes: yesFlag,
  },
  details:
    "Puts away only what is proven safe: landed, clean, nobody inside. The rest stays, with why.",
  examples: [
    ["pleach clean --dry-run", "every worktree, and whether it is safe to put away"],
    ["pleach clean --expired", "make room"],
  ],
  run: async (context, _, { dryRun, expired, json, yes }) => {
    const { out } = context;
    const project = await openProject(context.invocation, callerOf(context.out));
    const { ground, config } = project;
    if (!dryRun) {
      // Putting a worktree away runs the teardown of the configuration.
      await consentTo(project, callerOf(context.out), { yes });
      await recoverAll(ground, config);
    }
    const onProgress = (line: string): void => out.note(line);
    const report = await cleanUp(ground, config, { dryRun, expired, findLate, onProgress });
    if (json) out.document(report);
    else for (const line of formatClean(report, { dryRun })) out.line(line);
    return ExitCode.ok;
  },
});
