import { ExitCode } from "../../../ground/errors.ts";
import { listTracks } from "../../../verbs/ls.ts";
import { openProject } from "../../../verbs/project.ts";
import { formatLs } from "../../../verbs/survey.ts";
import { formatHolds } from "../../../watch/holds.ts";
import { formatStandings } from "../../../watch/standing.ts";
import { callerOf } from "../caller.ts";
import { flag, jsonFlag, verb } from "../verb.ts";

export const lsVerb = verb({
  args: {},
  options: {
    all: flag("-a, --all", "tracks that are over, too"),
    json: jsonFlag,
  },
  examples: [
    ["pleach ls", "what is growing"],
    ["pleach ls --all --json | jq '.tracks[].state'", "every state, for a script"],
  ],
  run: async (context, _, { all, json }) => {
    const { out } = context;
    const project = await openProject(context.invocation, callerOf(out));
    const { tracks, rows, holds, now } = await listTracks(project, { all });
    if (json) {
      out.document(formatLs(project.config.target, tracks, holds));
      return ExitCode.ok;
    }
    for (const line of formatHolds(holds, now, out.roll)) out.line(line);
    if (tracks.length === 0) {
      out.note("nothing is growing; `pleach plan` shows what could, `pleach ls --all` what was");
      return ExitCode.ok;
    }
    for (const line of formatStandings(rows, out.roll)) out.line(line);
    return ExitCode.ok;
  },
});
