import type { Ground } from "../ground/ground.ts";
import type { Paper } from "../ground/paper.ts";
import { plainLine } from "../ground/text.ts";
import { type Message, waitReason } from "../talk/message.ts";
import { messagesOf } from "../talk/message-store.ts";
import { sentence } from "../watch/sentence.ts";
import { formatWhy } from "../watch/why.ts";
import type { SurveyedTrack } from "./survey.ts";

const newest = 12;

/** Gathers the evidence for a track's state: its newest events, and the word of each source about its worker. */
export function evidenceOf(
  ground: Ground,
  { track, worker, touched }: SurveyedTrack,
  paper: Paper,
): readonly string[] {
  const time = (at: number): string => new Date(at).toISOString().slice(11, 19);
  const events = ground.store.eventsOfTrack(track.name, newest);
  return [
    ...events.map((event) => `${time(event.at)} ${event.type}: ${sentence(event).text}`),
    ...(worker === undefined
      ? []
      : [
          ...formatWhy(worker, ground.clock.now(), paper),
          ...(worker.supervisor === null
            ? ["its supervisor has not said who it is"]
            : [`its supervisor is pid ${worker.supervisor.pid}`]),
        ]),
    ...messagesOf(ground.store, track, "stored", "given").map(waitingLine),
    ...(touched?.kind === "unknown" ? [`git could not say what it holds: ${touched.why}`] : []),
  ];
}

const waitingLine = (message: Message): string =>
  `message ${message.id} is ${waitReason(message)}: ${plainLine(message.text).slice(0, 60)}`;
