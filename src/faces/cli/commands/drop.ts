import { ExitCode } from "../../../ground/errors.ts";
import { dropNamed } from "../../../verbs/drop.ts";
import { openForChange } from "../../../verbs/project.ts";
import { callerOf } from "../caller.ts";
import { jsonFlag, required, verb, yesFlag } from "../verb.ts";

export const dropVerb = verb({
  args: { track: required("track", "the track to discard") },
  options: { json: jsonFlag, yes: yesFlag },
  details:
    "Its worker is ended, all it holds is kept under a rescue ref, and its folder is put aside.",
  examples: [["pleach drop auth", "discard a track; the command that brings it back is printed"]],
  run: async (context, { track }, { json, yes }) => {
    const { out } = context;
    // Dropping runs the teardown of the configuration.
    const project = await openForChange(context.invocation, callerOf(context.out), {
      yes,
    });
    const report = await dropNamed(project, { track }, callerOf(out));
    const { track: name } = report;
    if (json) {
      out.document(report);
      return ExitCode.ok;
    }
    out.line(
      report.rescue === null
        ? `${name} is dropped; it held nothing that is not in the target`
        : `${name} is dropped; what it held is ${report.rescue}`,
    );
    for (const note of report.notes ?? []) out.note(note);
    out.line(`to bring it back: ${report.restore}`);
    return ExitCode.ok;
  },
});
