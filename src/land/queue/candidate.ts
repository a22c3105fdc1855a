import { join } from "node:path";
import { loadBacklog } from "../../backlog/load.ts";
import type { Task } from "../../backlog/parse.ts";
import type { Config } from "../../ground/config/config.ts";
import { PleachError } from "../../ground/errors.ts";
import { type Beyond, findBeyond } from "../../ground/git/beyond.ts";
import { type Change, compareEach, findOwnChanges } from "../../ground/git/changes.ts";
import { branchRef, findCommit } from "../../ground/git/refs.ts";
import type { Ground } from "../../ground/ground.ts";
import type { Sha, TaskId, TrackName } from "../../ground/ids.ts";
import { reachOf } from "../../radar/reach.ts";
import { isLive, type Track } from "../../track/track.ts";
import { allTracks } from "../../track/track-store.ts";
import { findPolicy } from "../weave/soft.ts";
import type { Candidate } from "./queue.ts";

/**
 * The backlog as far as it says which track goes first; read once for all tracks that come at once.
 */
type Wishes = ReadonlyMap<TaskId, Pick<Task, "after" | "priority">>;

export interface Round {
  readonly ground: Ground;
  readonly config: Config;
  readonly tasks: Wishes;
  readonly live: readonly Track[];
  readonly works: ReadonlyMap<TrackName, Work>;
}

/** The changes and commits that are a track's own. */
interface Work {
  readonly changes: readonly Change[];
  /** The commits on which the track stands, its own tip left out. */
  readonly below: ReadonlySet<Sha>;
}

/** Reads what is needed to know all tracks that come at once, on this tip of the target. */
export async function roundOf(
  ground: Ground,
  config: Config,
  { target, tracks }: { readonly target: Sha | undefined; readonly tracks: readonly Track[] },
): Promise<Round> {
  const [tasks, works] = await Promise.all([
    readTasks(ground, config),
    target === undefined ? new Map<TrackName, Work>() : findWorks(ground, target, tracks),
  ]);
  const live = allTracks(ground.store).filter(isLive);
  return { ground, config, tasks, live, works };
}

/** Finds what the queue has to know of a track; unknown changes are left to the landing itself. */
export function candidateOf(round: Round, track: Track): Candidate {
  const { config, tasks, works } = round;
  const own = track.tasks.flatMap(({ id }) => tasks.get(id) ?? []);
  const { changes = [], below = new Set() } = works.get(track.name) ?? {};
  const live = round.live.filter(({ name }) => name !== track.name);
  const after = live.filter(
    ({ tasks: theirs, at }) =>
      (isAtTip(at) && below.has(at.tip)) ||
      theirs.some(({ id }) => own.some((task) => task.after.includes(id))),
  );
  const hard = changes.filter(({ path }) => findPolicy(config, path) === undefined);
  // A folder that loses a file may be on its way elsewhere.
  const left = hard.filter((change) => change.after === undefined && change.path.includes("/"));
  return {
    track: track.name,
    after: after.map(({ name }) => name),
    priority: Math.max(0, ...own.map(({ priority }) => priority)),
    size: hard.length,
    since: track.since,
    reach: reachOf(
      hard.map(({ path }) => path),
      left.map(({ path }) => path.slice(0, path.lastIndexOf("/"))),
    ),
  };
}

type AtTip = Extract<Track["at"], { readonly state: "ready" | "landing" }>;

const isAtTip = (at: Track["at"]): at is AtTip => at.state === "ready" || at.state === "landing";

/** Finds the tip at which the track became ready; for a track in another state, its branch now. */
async function tipOf({ git }: Ground, { at, branch }: Track): Promise<Sha | undefined> {
  return isAtTip(at) ? at.tip : await findCommit(git, branchRef(branch));
}

/**
 * Finds the changes of any number of tracks with two processes, as far as each track began at one
 * commit of the target.
 */
async function findWorks(
  ground: Ground,
  target: Sha,
  tracks: readonly Track[],
): Promise<ReadonlyMap<TrackName, Work>> {
  const found = await Promise.all(
    tracks.map(async (track) => ({ name: track.name, tip: await tipOf(ground, track) })),
  );
  const tips = found.flatMap(({ name, tip }) => (tip === undefined ? [] : [{ name, tip }]));
  const beyond = await beyondEach(
    ground,
    target,
    tips.map(({ tip }) => tip),
  );
  const whole = tips.flatMap(({ tip }) => {
    const [from, ...more] = beyond.get(tip)?.bases ?? [];
    return from === undefined || more.length > 0 ? [] : [{ from, to: tip }];
  });
  const compared = await compareEach(ground.git, whole).catch(passOver);
  const works = await Promise.all(
    tips.map(async ({ name, tip }) => {
      const at = whole.findIndex(({ to }) => to === tip);
      const changes = compared?.[at]?.changes ?? (await findOwnChanges(ground.git, target, tip));
      const below = new Set(beyond.get(tip)?.commits);
      below.delete(tip);
      return [name, { changes: changes ?? [], below }] as const;
    }),
  );
  return new Map(works);
}

/**
 * Asks for each tip by itself when asking for all fails: one missing tip must not hide the others.
 */
async function beyondEach(
  { git }: Ground,
  target: Sha,
  tips: readonly Sha[],
): Promise<ReadonlyMap<Sha, Beyond>> {
  const all = await findBeyond(git, tips, [target]).catch(passOver);
  if (all !== undefined) return all;
  const each = await Promise.all(
    tips.map(async (tip) => await findBeyond(git, [tip], [target]).catch(passOver)),
  );
  return new Map(each.flatMap((one) => [...(one ?? [])]));
}

function passOver(error: unknown): undefined {
  if (!(error instanceof PleachError)) throw error;
}

async function readTasks({ repo }: Ground, config: Config): Promise<Wishes> {
  try {
    const { tasks } = await loadBacklog(join(repo.top, config.tasks), config.tasks);
    return new Map(tasks.map((task) => [task.id, task]));
  } catch (error) {
    // Without a readable backlog, no track has priority over another.
    if (error instanceof PleachError) return new Map();
    throw error;
  }
}
