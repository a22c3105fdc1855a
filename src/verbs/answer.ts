import type { Ground } from "../ground/ground.ts";
import { answerAsk, awaitVerdict, requireAsk } from "../talk/answer.ts";
import type { Ask } from "../talk/ask.ts";
import { human } from "../talk/message.ts";
import { latestWorker } from "../worker/worker-store.ts";
import { requireTrackNamed } from "./own-track.ts";

/** The time in which an agent usually shows that it goes on with an answer. */
const limitMs = 10_000;

export interface AnswerRequest {
  readonly track: string;
  /** The number of the ask; undefined: the one that waits longest. */
  readonly ask: number | undefined;
  readonly text: string;
}

/** Answers an ask of a track's worker, and waits a moment for what becomes of the answer. */
export async function answerWorker(
  ground: Ground,
  request: AnswerRequest,
  signal: AbortSignal,
): Promise<{ readonly told: Ask; readonly hint: string | undefined }> {
  const track = await requireTrackNamed(ground, request.track);
  const ask = requireAsk(ground, track.name, request.ask);
  answerAsk(ground, ask, { by: human, text: request.text });
  const told = await awaitVerdict(ground, ask.id, { limitMs, signal });
  const isInTerminal = latestWorker(ground.store, track.name)?.socket !== undefined;
  const hint =
    told.at.state === "open" && isInTerminal
      ? `pleach attach ${track.name}, and answer it there`
      : undefined;
  return { told, hint };
}
