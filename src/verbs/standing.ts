import type { HostWish } from "../hosts/host.ts";
import type { Track } from "../track/track.ts";
import type { TrackStanding } from "../watch/standing.ts";
import { suspicionOf } from "../worker/worker.ts";
import { hostOf, reasonOf, type SurveyedTrack } from "./survey.ts";

/** A surveyed track as a row for people. */
export function standingOf(surveyed: SurveyedTrack, now: number): TrackStanding {
  const { track, worker, touched } = surveyed;
  const known = touched?.kind === "known" ? touched : null;
  return {
    track: track.name,
    state: track.at.state,
    reason: reasonOf(surveyed),
    agent: track.agent,
    worker:
      worker === undefined ? undefined : `${worker.at.state}${isInDoubt(surveyed) ? "?" : ""}`,
    host: hostOf(surveyed),
    mode: worker?.mode ?? track.mode,
    where: whereOf(worker?.mode ?? track.mode, hostOf(surveyed)),
    elapsedMs: now - track.since,
    commits: touched === undefined ? undefined : (known?.commits ?? null),
    changed: touched === undefined ? undefined : (known?.paths.length ?? null),
    tasks: track.tasks.map((task) => task.id),
  };
}

/** Whether somebody should look at what it really does. */
const isInDoubt = ({ worker, doubt }: SurveyedTrack): boolean =>
  doubt !== undefined || (worker !== undefined && suspicionOf(worker) !== undefined);

function whereOf(mode: Track["mode"], host: HostWish): string | undefined {
  const words = [
    ...(mode === "terminal" ? ["terminal"] : []),
    ...(host === "tmux" ? ["tmux"] : []),
  ];
  return words.length === 0 ? undefined : words.join(", ");
}
