import { ExitCode } from "../../../ground/errors.ts";
import { openForChange } from "../../../verbs/project.ts";
import { renameNamed } from "../../../verbs/rename.ts";
import { callerOf } from "../caller.ts";
import { jsonFlag, required, verb, yesFlag } from "../verb.ts";

export const renameVerb = verb({
  args: {
    track: required("track", "the track, whose worker must have ended"),
    name: required("name", "the name it gets"),
  },
  options: { json: jsonFlag, yes: yesFlag },
  details: `It is put away and brought back under the new name, folder and branch included, so that all it
held is kept on the way.`,
  examples: [["pleach rename t3 auth-tokens", "branch work/auth-tokens, in a folder of that name"]],
  run: async (context, { track, name }, { json, yes }) => {
    const { out } = context;
    // Putting it away runs the teardown of the configuration.
    const project = await openForChange(context.invocation, callerOf(context.out), {
      yes,
    });
    const { former, report } = await renameNamed(project, { track, name }, callerOf(out));
    if (json) out.document(report);
    else out.line(`${former} is ${report.track} now, in ${report.worktree}`);
    for (const note of report.notes) if (!json) out.note(note);
    if (!json)
      out.note(`hint: pleach land ${report.track} lands it, pleach start ${report.track} goes on`);
    return ExitCode.ok;
  },
});
