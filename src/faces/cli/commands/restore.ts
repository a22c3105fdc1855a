import { ExitCode } from "../../../ground/errors.ts";
import { openProject } from "../../../verbs/project.ts";
import { listRestorable, restoreCalled } from "../../../verbs/restore.ts";
import { afterRestore } from "../../../watch/choices.ts";
import { callerOf } from "../caller.ts";
import { jsonFlag, optional, value, verb } from "../verb.ts";

export const restoreVerb = verb({
  args: { rescue: optional("rescue", "a rescue ref, TRACK/TIME, or a track; without it, a list") },
  options: { as: value("--as <name>", "another name for the track"), json: jsonFlag },
  examples: [
    ["pleach restore", "what could be brought back"],
    ["pleach restore auth", "bring back the newest that was dropped"],
  ],
  run: async (context, { rescue }, options) => {
    const { out } = context;
    const caller = callerOf(out);
    const project = await openProject(context.invocation, caller);
    if (rescue === undefined) {
      const rescues = await listRestorable(project);
      if (options.json) out.document({ rescues });
      else
        for (const one of rescues)
          out.line(`${one.track}/${one.time}  ${one.ref ?? "(nothing to keep)"}`);
      if (rescues.length === 0 && !options.json) out.note("nothing was dropped");
      return ExitCode.ok;
    }
    const report = await restoreCalled(project, { rescue, as: options.as }, caller);
    if (options.json) {
      out.document(report);
      return ExitCode.ok;
    }
    const how = report.from === "folder" ? "every byte of its folder" : "what its rescue ref held";
    out.line(`${report.track} is back in ${report.worktree}: ${how}`);
    for (const { path } of report.missing) out.line(`  not held, and gone: ${path}`);
    for (const note of report.notes) out.note(note);
    out.note(`hint: ${afterRestore(report.track)}`);
    return ExitCode.ok;
  },
});
