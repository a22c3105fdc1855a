import { ExitCode } from "../../../ground/errors.ts";
import type { Ground } from "../../../ground/ground.ts";
import { parseTrackName } from "../../../ground/ids.ts";
import { restore as restoreRescue } from "../../../rescue/restore.ts";
import { listRescues } from "../../../rescue/restore-choice.ts";
import { findTracks } from "../../../run/named.ts";
import { recoverAll } from "../../../run/recover.ts";
import { allTracks } from "../../../track/track-store.ts";
import { readTasks } from "../../../verbs/own-track.ts";
import { openProject } from "../../../verbs/project.ts";
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
    const { ground, config } = await openProject(context.invocation, callerOf(context.out));
    await recoverAll(ground, config);
    if (rescue === undefined) {
      const rescues = await listRescues(ground);
      if (options.json) out.document({ rescues });
      else
        for (const one of rescues)
          out.line(`${one.track}/${one.time}  ${one.ref ?? "(nothing to keep)"}`);
      if (rescues.length === 0 && !options.json) out.note("nothing was dropped");
      return ExitCode.ok;
    }
    const report = await restoreRescue(ground, config, await rescueCalled(ground, rescue), {
      ...(options.as === undefined ? {} : { as: parseTrackName(options.as) }),
      onProgress: (line) => out.note(line),
    });
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

/** A rescue, or the track of one by whatever that is called: `restore` takes its newest. */
async function rescueCalled(ground: Ground, given: string): Promise<string> {
  const rescues = await listRescues(ground);
  const isKnown = given.includes("/") || rescues.some(({ track }) => track === given);
  if (isKnown) return given;
  const dropped = allTracks(ground.store).filter(({ name }) =>
    rescues.some(({ track }) => track === name),
  );
  const [only, ...more] = findTracks(given, dropped, await readTasks(ground));
  return only === undefined || more.length > 0 ? given : only;
}
