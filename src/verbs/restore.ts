import type { Ground } from "../ground/ground.ts";
import { parseTrackName } from "../ground/ids.ts";
import { type RestoreReport, restore } from "../rescue/restore.ts";
import { listRescues } from "../rescue/restore-choice.ts";
import { findTracks } from "../run/named.ts";
import { recoverAll } from "../run/recover.ts";
import { allTracks } from "../track/track-store.ts";
import type { Caller } from "./caller.ts";
import { readTasks } from "./own-track.ts";
import type { Project } from "./project.ts";

/** Lists what could be brought back, newest first. */
export async function listRestorable({ ground, config }: Project) {
  await recoverAll(ground, config);
  return await listRescues(ground);
}

/** Brings back what goes by a name: a rescue ref, TRACK/TIME, or a track for its newest rescue. */
export async function restoreCalled(
  { ground, config }: Project,
  { rescue, as }: { readonly rescue: string; readonly as: string | undefined },
  caller: Caller,
): Promise<RestoreReport> {
  await recoverAll(ground, config);
  return await restore(ground, config, await rescueCalled(ground, rescue), {
    ...(as === undefined ? {} : { as: parseTrackName(as) }),
    onProgress: (line) => caller.note(line),
  });
}

/** Finds a rescue by its name, or by the track it was made of. */
async function rescueCalled(ground: Ground, given: string): Promise<string> {
  const rescues = await listRescues(ground);
  const isKnown = given.includes("/") || rescues.some(({ track }) => track === given);
  if (isKnown) return given;
  const dropped = allTracks(ground.store).filter(({ name }) =>
    rescues.some(({ track }) => track === name),
  );
  const [only, ...more] = findTracks(given, dropped, await readTasks(ground));
  return only === undefined || more.length > 0 ? given : only;
}
