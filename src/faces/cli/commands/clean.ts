import { ExitCode } from "../../../ground/errors.ts";
import { cleanUp } from "../../../verbs/clean.ts";
import { openProject } from "../../../verbs/project.ts";
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
    const caller = callerOf(out);
    const project = await openProject(context.invocation, caller);
    const report = await cleanUp(project, { dryRun, expired, yes }, caller);
    if (json) out.document(report);
    else for (const line of formatClean(report, { dryRun })) out.line(line);
    return ExitCode.ok;
  },
});
