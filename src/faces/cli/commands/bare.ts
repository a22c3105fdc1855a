import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadBacklog } from "../../../backlog/load.ts";
import { ExitCode } from "../../../ground/errors.ts";
import { lookForRun } from "../../../run/running.ts";
import { isLive } from "../../../track/track.ts";
import { needsOf } from "../../../verbs/attention.ts";
import { holdsOf } from "../../../verbs/holds.ts";
import { openProject } from "../../../verbs/project.ts";
import { standingOf } from "../../../verbs/standing.ts";
import { formatLs, surveyTracks } from "../../../verbs/survey.ts";
import { formatHolds } from "../../../watch/holds.ts";
import { formatNext, nextThing, type Whereabouts } from "../../../watch/next.ts";
import { formatStandings } from "../../../watch/standing.ts";
import { callerOf } from "../caller.ts";
import { jsonFlag, verb } from "../verb.ts";

export const bareVerb = verb({
  args: {},
  options: { json: jsonFlag },
  examples: [],
  run: async (context, _, { json }) => {
    const { out } = context;
    const { ground, config } = await openProject(context.invocation, callerOf(context.out));
    const tracks = (await surveyTracks(ground)).filter(({ track }) => isLive(track));
    const file = join(ground.repo.top, config.tasks);
    const backlog = existsSync(file) ? await loadBacklog(file) : undefined;
    const taken = new Set(tracks.flatMap(({ track }) => track.tasks.map(({ id }) => id)));
    const open = backlog?.tasks.filter((task) => !task.done && !taken.has(task.id)).length;
    const holds = holdsOf(ground);
    const run = await lookForRun(ground.store);
    const needs = needsOf(ground, { review: config.land.review, isRunning: run !== undefined });
    const where: Whereabouts = {
      ...{ run, needs },
      configured: config.source.kind !== "defaults",
      tasks: config.tasks,
      open,
      tracks: tracks.map(({ track }) => ({ name: track.name, at: track.at })),
    };
    if (json) {
      out.document({
        ...formatLs(config.target, tracks, holds),
        openTasks: open ?? null,
        run: run ?? null,
        needs: needs.length,
        next: nextThing(where),
      });
      return ExitCode.ok;
    }
    const now = ground.clock.now();
    for (const line of formatHolds(holds, now, out.roll)) out.line(line);
    if (tracks.length > 0) {
      const rows = tracks.map((track) => standingOf(track, now));
      for (const line of formatStandings(rows, out.roll)) out.line(line);
      out.line();
    }
    for (const line of formatNext(where, now)) out.line(line);
    return ExitCode.ok;
  },
});
