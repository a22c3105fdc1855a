import type { Ground } from "../ground/ground.ts";
import { sentence } from "../watch/sentence.ts";
import type { SurveyedTrack } from "./survey.ts";

const newest = 12;

/** What is known of a track and who told us: its newest events, the worker's source and age. */
export function evidenceOf(
  ground: Ground,
  { track, worker, touched }: SurveyedTrack,
): readonly string[] {
  const time = (at: number): string => new Date(at).toISOString().slice(11, 19);
  const events = ground.store.eventsOfTrack(track.name, newest);
  return [
    ...events.map((event) => `${time(event.at)} ${event.type}: ${sentence(event).text}`),
    ...(worker === undefined
      ? []
      : [
          `${time(worker.since)} worker ${worker.id} is ${worker.at.state}, told by: ${worker.source}`,
          ...(worker.supervisor === null
            ? ["its supervisor has not said who it is"]
            : [`its supervisor is pid ${worker.supervisor.pid}`]),
        ]),
    ...(touched?.kind === "unknown" ? [`git could not say what it holds: ${touched.why}`] : []),
  ];
}
