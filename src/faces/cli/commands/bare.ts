import { ExitCode } from "../../../ground/errors.ts";
import { openProject } from "../../../verbs/project.ts";
import { formatLs } from "../../../verbs/survey.ts";
import { whereThingsStand } from "../../../verbs/where.ts";
import { formatHolds } from "../../../watch/holds.ts";
import { formatNext, nextThing } from "../../../watch/next.ts";
import { formatStandings } from "../../../watch/standing.ts";
import { callerOf } from "../caller.ts";
import { jsonFlag, verb } from "../verb.ts";

export const bareVerb = verb({
  args: {},
  options: { json: jsonFlag },
  examples: [],
  run: async (context, _, { json }) => {
    const { out } = context;
    const project = await openProject(context.invocation, callerOf(out));
    const { where, listing } = await whereThingsStand(project);
    const { tracks, rows, holds, now } = listing;
    if (json) {
      out.document({
        ...formatLs(project.config.target, tracks, holds),
        openTasks: where.open ?? null,
        run: where.run ?? null,
        needs: where.needs.length,
        next: nextThing(where),
      });
      return ExitCode.ok;
    }
    for (const line of formatHolds(holds, now, out.roll)) out.line(line);
    if (tracks.length > 0) {
      for (const line of formatStandings(rows, out.roll)) out.line(line);
      out.line();
    }
    for (const line of formatNext(where, now)) out.line(line);
    return ExitCode.ok;
  },
});
