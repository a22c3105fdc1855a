import { ExitCode } from "../../../ground/errors.ts";
import { isLive } from "../../../track/track.ts";
import { holdsOf } from "../../../verbs/holds.ts";
import { openProject } from "../../../verbs/project.ts";
import { standingOf } from "../../../verbs/standing.ts";
import { formatLs, surveyTracks } from "../../../verbs/survey.ts";
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
    const { ground, config } = await openProject(context.invocation, callerOf(context.out));
    const tracks = (await surveyTracks(ground)).filter(({ track }) => all || isLive(track));
    const holds = holdsOf(ground);
    if (json) {
      out.document(formatLs(config.target, tracks, holds));
      return ExitCode.ok;
    }
    const now = ground.clock.now();
    for (const line of formatHolds(holds, now, out.roll)) out.line(line);
    if (tracks.length === 0) {
      out.note("nothing is growing; `pleach plan` shows what could, `pleach ls --all` what was");
      return ExitCode.ok;
    }
    const rows = tracks.map((track) => standingOf(track, now));
    for (const line of formatStandings(rows, out.roll)) out.line(line);
    return ExitCode.ok;
  },
});
