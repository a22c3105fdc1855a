import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadBacklog } from "../backlog/load.ts";
import { lookForRun } from "../run/running.ts";
import type { Whereabouts } from "../watch/next.ts";
import { needsOf } from "./attention.ts";
import { type Listing, listTracks } from "./ls.ts";
import type { Project } from "./project.ts";

/** Gathers where things stand in a repository: tracks, open tasks, a run, and what waits for a person. */
export async function whereThingsStand(
  project: Project,
): Promise<{ readonly where: Whereabouts; readonly listing: Listing }> {
  const { ground, config } = project;
  const listing = await listTracks(project, { all: false });
  const { tracks } = listing;
  const file = join(ground.repo.top, config.tasks);
  const backlog = existsSync(file) ? await loadBacklog(file) : undefined;
  const taken = new Set(tracks.flatMap(({ track }) => track.tasks.map(({ id }) => id)));
  const open = backlog?.tasks.filter((task) => !task.done && !taken.has(task.id)).length;
  const run = await lookForRun(ground.store);
  const where: Whereabouts = {
    run,
    needs: needsOf(ground, { review: config.land.review, isRunning: run !== undefined }),
    configured: config.source.kind !== "defaults",
    tasks: config.tasks,
    open,
    tracks: tracks.map(({ track }) => ({ name: track.name, at: track.at })),
  };
  return { where, listing };
}
