import { join } from "node:path";
import { loadBacklog } from "../backlog/load.ts";
import type { Task } from "../backlog/parse.ts";
import type { Config } from "../ground/config/config.ts";
import { PleachError } from "../ground/errors.ts";
import { findOwnChanges } from "../ground/git/changes.ts";
import { branchRef, findCommit } from "../ground/git/refs.ts";
import type { Ground } from "../ground/ground.ts";
import type { Sha, TaskId, TrackName } from "../ground/ids.ts";
import { succeeded } from "../ground/proc/run.ts";
import { isLive, type Track } from "../grow/track.ts";
import { allTracks } from "../grow/track-store.ts";
import { reachOf } from "../radar/reach.ts";
import type { Candidate } from "./queue.ts";
import { findPolicy } from "./soft.ts";

/** The backlog as far as it says who goes first; read once for all that come at once. */
type Wishes = ReadonlyMap<TaskId, Pick<Task, "after" | "priority">>;

export interface Round {
  readonly ground: Ground;
  readonly config: Config;
  readonly tasks: Wishes;
  /** The target's tip; undefined when there is none. */
  readonly target: Sha | undefined;
}

export async function roundOf(
  ground: Ground,
  config: Config,
  target: Sha | undefined,
): Promise<Round> {
  return { ground, config, target, tasks: await readTasks(ground, config) };
}

/** What the queue has to know of a track; what cannot be found out is left to the landing itself. */
export async function candidateOf(round: Round, track: Track): Promise<Candidate> {
  const { ground, config, tasks, target } = round;
  const tip = await tipOf(ground, track);
  const own = track.tasks.flatMap(({ id }) => tasks.get(id) ?? []);
  const others = allTracks(ground.store).filter(
    (other) => isLive(other) && other.name !== track.name,
  );
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

/** Where its branch was when it became ready, which is where it is unless somebody went on with it. */
async function tipOf({ git }: Ground, { at, branch }: Track): Promise<Sha | undefined> {
  if (at.state === "ready" || at.state === "landing") return at.tip;
  return await findCommit(git, branchRef(branch));
}

async function readTasks({ repo }: Ground, config: Config): Promise<Wishes> {
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
  const changes = await findOwnChanges(git, target, tip);
  if (changes === undefined) return [];
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
  const tips = others.flatMap(({ name, at }) =>
    at.state === "ready" || at.state === "landing" ? [{ name, tip: at.tip }] : [],
  );
  if (tips.length === 0) return [];
  const listed = await git.run(["rev-list", tip, "--not", target]);
  if (!succeeded(listed)) return [];
  const commits = new Set(listed.stdout.toString().split("\n"));
  commits.delete(tip);
  return tips.flatMap((other) => (commits.has(other.tip) ? [other.name] : []));
}
