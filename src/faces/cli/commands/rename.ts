import { ExitCode } from "../../../ground/errors.ts";
import { parseTrackName } from "../../../ground/ids.ts";
import { renameTrack } from "../../../rescue/rename.ts";
import { requireTrackCalled } from "../../../verbs/own-track.ts";
import { openForChange } from "../../../verbs/project.ts";
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
  run: async (context, { track: called, name }, { json, yes }) => {
    const { out } = context;
    // Putting it away runs the teardown of the configuration.
    const { ground, config } = await openForChange(context.invocation, callerOf(context.out), {
      yes,
    });
    const track = await requireTrackCalled(ground, called);
    const onProgress = (line: string): void => out.note(line);
    const report = await renameTrack(ground, config, track, parseTrackName(name), onProgress);
    if (json) out.document(report);
    else out.line(`${track.name} is ${report.track} now, in ${report.worktree}`);
    for (const note of report.notes) if (!json) out.note(note);
    if (!json)
      out.note(`hint: pleach land ${report.track} lands it, pleach start ${report.track} goes on`);
    return ExitCode.ok;
  },
});
