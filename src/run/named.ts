import { type Findable, findTasks } from "../backlog/find-task.ts";
import { asTaskId, type TaskId, type TrackName } from "../ground/ids.ts";
import { isLive, type Track } from "../track/track.ts";

/**
 * Finds the tracks a person means: by name, a task's id, the beginning of the name, or any other
 * reference to a task. A track that is not over comes before those that are. Pure.
 * @param tasks the backlog as it is now, so that a line counts where it stands
 */
export function findTracks(
  reference: string,
  tracks: readonly Track[],
  tasks: readonly Findable[],
): readonly TrackName[] {
  const wanted = reference.trim();
  const withTasks = (ids: readonly string[]): readonly Track[] =>
    tracks.filter((track) => track.tasks.some(({ id }) => ids.includes(id)));
  const ways: readonly (() => readonly Track[])[] = [
    () => tracks.filter(({ name }) => name === wanted),
    () => withTasks([wanted]),
    () => tracks.filter(({ name }) => wanted !== "" && name.startsWith(wanted)),
    () => withTasks(findTasks(wanted, tasks)),
    () => withTasks(findTasks(wanted, withoutLines(tracks))),
  ];
  for (const way of ways) {
    const found = way();
    const live = found.filter(isLive);
    const meant = live.length > 0 ? live : found;
    if (meant.length > 0) return meant.map(({ name }) => name);
  }
  return [];
}

/**
 * Clears the lines of tracks' tasks: a line from the time of the cut tells nothing of the file now.
 */
const withoutLines = (tracks: readonly Track[]): readonly Findable[] =>
  tracks.flatMap((track) => track.tasks.map(({ id, text }) => ({ id, text, line: 0 })));

export type MeantTasks =
  | { readonly kind: "tasks"; readonly ids: readonly TaskId[] }
  | { readonly kind: "several"; readonly candidates: readonly string[] }
  | { readonly kind: "none" };

/** A track by its name and tasks: of a plan, or growing. */
interface Named {
  readonly name: string;
  readonly tasks: readonly TaskId[];
}

/**
 * Finds the tasks a person means: those of the track of that name, else the task of that reference,
 * else those of a track whose name begins so. Pure.
 * @param tracksOf called only where no id answers, because a plan takes a moment
 */
export function findMeantTasks(
  reference: string,
  tasks: readonly Findable[],
  tracksOf: () => readonly Named[],
): MeantTasks {
  const wanted = reference.trim();
  if (tasks.some(({ id }) => id === wanted)) return { kind: "tasks", ids: [asTaskId(wanted)] };
  const tracks = tracksOf();
  const exact = tracks.find(({ name }) => name === wanted);
  if (exact !== undefined) return { kind: "tasks", ids: exact.tasks };
  const found = findTasks(wanted, tasks);
  if (found.length === 1) return { kind: "tasks", ids: found };
  if (found.length > 1) return { kind: "several", candidates: found };
  const begun = tracks.filter(({ name }) => wanted !== "" && name.startsWith(wanted));
  const [only, ...more] = begun;
  if (only === undefined) return { kind: "none" };
  if (more.length > 0) return { kind: "several", candidates: begun.map(({ name }) => name) };
  return { kind: "tasks", ids: only.tasks };
}
