import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import type { Launched } from "../grow/launch.ts";
import { resumeTrack } from "../grow/resume.ts";
import { pauseTrack, stopTrack } from "../grow/stop.ts";
import type { WorkerEnd } from "../grow/turn/end-worker.ts";
import type { Track } from "../track/track.ts";
import { allTracks } from "../track/track-store.ts";
import { type Session, sessionOf } from "../worker/worker.ts";
import { latestWorker } from "../worker/worker-store.ts";
import { requireTrackNamed } from "./own-track.ts";
import type { Project } from "./project.ts";

/** The workers that are meant: of one track, or of all. */
export interface WorkersRequest {
  readonly track: string | undefined;
  readonly all: boolean;
}

/** A worker that was stopped or paused, or could not be proven gone. */
export interface EndedWorker {
  readonly track: TrackName;
  readonly end: WorkerEnd;
  /** The session that goes on when the worker is resumed; null where none does. */
  readonly session: Session | null;
}

/** Ends workers with all that they started; `onEnded` hears of each as it ends. */
export async function stopWorkers(
  ground: Ground,
  request: WorkersRequest,
  onEnded: (ended: EndedWorker) => void,
): Promise<readonly EndedWorker[]> {
  const tracks = await oneOrAll(ground, request, "stop", ({ at }) =>
    ["growing", "provisioning", "held"].includes(at.state),
  );
  const ended: EndedWorker[] = [];
  for (const { name } of tracks) {
    const one = { track: name, end: await stopTrack(ground, name), session: null };
    onEnded(one);
    ended.push(one);
  }
  return ended;
}

/** Pauses workers, all at once; `onEnded` hears of each as it rests. */
export async function pauseWorkers(
  ground: Ground,
  request: WorkersRequest,
  onEnded: (ended: EndedWorker) => void,
): Promise<readonly EndedWorker[]> {
  const tracks = await oneOrAll(
    ground,
    request,
    "pause",
    ({ at }) => at.state === "growing" || at.state === "held",
  );
  return await Promise.all(
    tracks.map(async ({ name }) => {
      const end = await pauseTrack(ground, name);
      const session = sessionOf(latestWorker(ground.store, name));
      const one = { track: name, end, session };
      onEnded(one);
      return one;
    }),
  );
}

/** A paused worker that goes on, or does not. */
export interface ResumedWorker {
  readonly track: TrackName;
  readonly launched: Launched;
}

/** Lets paused workers go on in their sessions; `onResumed` hears of each. */
export async function resumeWorkers(
  { ground, config }: Project,
  request: WorkersRequest,
  onResumed: (resumed: ResumedWorker) => void,
): Promise<readonly ResumedWorker[]> {
  const tracks = await oneOrAll(
    ground,
    request,
    "resume",
    ({ at }) => at.state === "needs-human" && at.reason === "paused",
  );
  const resumed: ResumedWorker[] = [];
  for (const { name } of tracks) {
    const one = { track: name, launched: await resumeTrack(ground, config, name) };
    onResumed(one);
    resumed.push(one);
  }
  return resumed;
}

/**
 * Finds the named track, or with `all` the tracks that `applies` to. No track is guessed from the
 * folder.
 * @throws PleachError `track/unnamed` (usage)
 */
async function oneOrAll(
  ground: Ground,
  given: WorkersRequest,
  verb: "stop" | "pause" | "resume",
  applies: (track: Track) => boolean,
): Promise<readonly Track[]> {
  if (given.all) return allTracks(ground.store).filter(applies);
  if (given.track !== undefined) return [await requireTrackNamed(ground, given.track)];
  throw new PleachError({
    code: "track/unnamed",
    message: "no track was named",
    hint: `pleach ${verb} TRACK, or pleach ${verb} --all`,
    exitCode: ExitCode.usage,
  });
}
