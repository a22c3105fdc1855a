import type { Standing } from "../watch/standing.ts";
import { reasonOf, type SurveyedTrack } from "./survey.ts";

/** A surveyed track as a row for people. */
export function standingOf({ track, worker, touched }: SurveyedTrack, now: number): Standing {
  const known = touched?.kind === "known" ? touched : null;
  return {
    track: track.name,
    state: track.at.state,
    reason: reasonOf(track.at),
    agent: track.agent,
    worker: worker?.at.state,
    elapsedMs: now - track.since,
    commits: touched === undefined ? undefined : (known?.commits ?? null),
    changed: touched === undefined ? undefined : (known?.paths.length ?? null),
    tasks: track.tasks.map((task) => task.id),
  };
}
