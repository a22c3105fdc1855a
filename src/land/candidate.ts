import { join } from "node:path";
import { loadBacklog } from "../backlog/load.ts";
import type { Task } from "../backlog/parse.ts";
import type { Config } from "../ground/config/config.ts";
import { PleachError } from "../ground/errors.ts";
import { changesBetween } from "../ground/git/changes.ts";
import { branchRef, findCommit } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import { parseSha, type Sha, type TaskId, type TrackName } from "../ground/ids.ts";
import { succeeded } from "../ground/proc/run.ts";
import { isLive, type Track } from "../grow/track.ts";
import { allTracks } from "../grow/track-store.ts";
import { reachOf } from "../radar/reach.ts";
import type { Candidate } from "./queue.ts";
import { findPolicy } from "./soft.ts";

/** What the queue has to know of a track; what cannot be found out is left to the landing itself. */
export async function candidateOf(
  ground: Ground,
  config: Config,
  track: Track,
): Promise<Candidate> {
  const { git, store } = ground;
  const [tasks, tip, target] = await Promise.all([
    readTasks(ground, config),
    findCommit(git, branchRef(track.branch)),
    findCommit(git, branchRef(config.target)),
  ]);
  const own = track.tasks.flatMap(({ id }) => tasks.get(id) ?? []);
  const others = allTracks(store).filter((other) => isLive(other) && other.name !== track.name);
  const both = tip !== undefined && target !== undefined ? { tip, target } : undefined;
  const [paths, stacked] =
    both === undefined
      ? [[], []]
      : await Promise.all([changedPaths(ground, config, both), below(ground, others, both)]);
  const after = others.filter(({ tasks: theirs }) =>
    theirs.some(({ id }) => own.some((task) => task.after.includes(id))),
  );
  return {
    track: track.name,
    after: [...new Set([...stacked, ...after.map(({ name }) => name)])],
    priority: Math.max(0, ...own.map(({ priority }) => priority)),
    size: paths.length,
    since: track.since,
    // A folder out of which something goes may be on its way elsewhere.
    reach: reachOf(
      paths.map(({ path }) => path),
      paths.filter(({ gone }) => gone).map(({ path }) => path.slice(0, path.lastIndexOf("/"))),
    ),
  };
}

async function readTasks(
  { repo }: Ground,
  config: Config,
): Promise<ReadonlyMap<TaskId, Pick<Task, "after" | "priority">>> {
  try {
    const { tasks } = await loadBacklog(join(repo.top, config.tasks), config.tasks);
    return new Map(tasks.map((task) => [task.id, task]));
  } catch (error) {
    // Without a backlog that can be read, nothing is wanted more than anything else.
    if (error instanceof PleachError) return new Map();
    throw error;
  }
}

interface Both {
  readonly tip: Sha;
  readonly target: Sha;
}

async function changedPaths(
  { git }: Ground,
  config: Config,
  { tip, target }: Both,
): Promise<readonly { readonly path: string; readonly gone: boolean }[]> {
  const found = await git.run(["merge-base", target, tip]);
  if (!succeeded(found)) return [];
  const base = parseSha(found.stdout.toString().trim());
  const changes = await changesBetween(git, base, tip);
  return changes
    .filter(({ path }) => findPolicy(config, path) === undefined)
    .map(({ path, after }) => ({ path, gone: after === undefined && path.includes("/") }));
}

/** Tracks whose tips are among its own commits: it stands on them. */
async function below(
  { git }: Ground,
  others: readonly Track[],
  { tip, target }: Both,
): Promise<readonly TrackName[]> {
  const listed = await git.run(["rev-list", tip, "--not", target]);
  if (!succeeded(listed)) return [];
  const commits = new Set(listed.stdout.toString().split("\n"));
  commits.delete(tip);
  return others.flatMap(({ name, at }) =>
    (at.state === "ready" || at.state === "landing") && commits.has(at.tip) ? [name] : [],
  );
}
