import { join } from "node:path";
import type { Findable } from "../backlog/find-task.ts";
import { loadBacklog } from "../backlog/load.ts";
import { loadConfig } from "../ground/config/load.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import { isTrackName, parseTrackName } from "../ground/ids.ts";
import { nearest } from "../ground/text.ts";
import { findTracks } from "../run/named.ts";
import type { Track } from "../track/track.ts";
import { allTracks, findTrack } from "../track/track-store.ts";

/** The track a command means: the one that is called so, else the one whose worktree it runs in. */
export async function requireTrackNamed(ground: Ground, name: string | undefined): Promise<Track> {
  if (name !== undefined) return await requireTrackCalled(ground, name);
  const own = findOwnTrack(ground);
  if (own !== undefined) return own;
  throw new PleachError({
    code: "track/unnamed",
    message: `${ground.repo.top} is not the worktree of a track, and no track was named`,
    hint: "name one (pleach ls lists them), or run it inside a track's worktree",
    exitCode: ExitCode.usage,
  });
}

/**
 * The track that goes by this: its name, or a task of it, or the beginning of either.
 * @throws PleachError `track/several` (usage)
 */
export async function findTrackCalled(
  ground: Ground,
  reference: string,
): Promise<Track | undefined> {
  const known = allTracks(ground.store);
  const exact = known.find(({ name }) => name === reference);
  if (exact !== undefined) return exact;
  const found = findTracks(reference, known, known.length === 0 ? [] : await readTasks(ground));
  const [only, ...more] = found;
  const track = known.find(({ name }) => name === only);
  if (track !== undefined && more.length > 0) throw several(reference, found);
  return track;
}

/** The same where there must be one. @throws PleachError also `track/none`, `track/bad-name` (usage) */
export async function requireTrackCalled(ground: Ground, reference: string): Promise<Track> {
  const found = await findTrackCalled(ground, reference);
  if (found !== undefined) return found;
  const name = parseTrackName(reference);
  const names = allTracks(ground.store).map((one) => one.name);
  const near = nearest(name, names);
  throw new PleachError({
    code: "track/none",
    message: `there is no track ${name}${names.length === 0 ? "" : ` (there are: ${names.join(", ")})`}`,
    hint: near === undefined ? "pleach ls" : `did you mean ${near}? pleach ls lists them`,
    exitCode: ExitCode.usage,
  });
}

function several(reference: string, found: readonly string[]): PleachError {
  const shown = found.slice(0, 6).join(", ");
  return new PleachError({
    code: "track/several",
    message: `${JSON.stringify(reference.slice(0, 60))} may be ${shown}${found.length > 6 ? ", …" : ""}`,
    hint: "write more of the one you mean; pleach ls lists them",
    exitCode: ExitCode.usage,
  });
}

/** The backlog as it is; a name that it would tell is not found where it cannot be read. */
export async function readTasks(ground: Ground): Promise<readonly Findable[]> {
  try {
    const { tasks } = await loadConfig(ground);
    return (await loadBacklog(join(ground.repo.top, tasks))).tasks;
  } catch (error) {
    if (error instanceof PleachError) return [];
    throw error;
  }
}

/** A worker's command knows its own track: from its environment, else from its directory. */
export function findOwnTrack(ground: Ground): Track | undefined {
  const told = ground.env["PLEACH_TRACK"];
  const named = told !== undefined && isTrackName(told) ? findTrack(ground.store, told) : undefined;
  return named ?? allTracks(ground.store).find((track) => track.worktree === ground.repo.top);
}
