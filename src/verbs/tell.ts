import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import { findSpeaker } from "../grow/find-speaker.ts";
import { takeForAnswered } from "../talk/inbox.ts";
import { human, type Message, type Sender } from "../talk/message.ts";
import { awaitDelivery, type Telling, tellAll, tellHuman, tellTrack } from "../talk/tell.ts";
import { isLive, type Track } from "../track/track.ts";
import { requireTrackNamed } from "./own-track.ts";

export interface TellRequest {
  /** A track, `all` or `human`. */
  readonly receiver: string;
  readonly text: string;
  /** The message that this one answers. */
  readonly replyTo: number | null;
  /** How long to wait until the messages are delivered; undefined: not at all. */
  readonly wait: { readonly limitMs: number; readonly signal: () => AbortSignal } | undefined;
}

/**
 * Stores a message for a track, for all or for the person, in the name of whoever says it.
 * @returns the messages, as far as their way was waited for
 * @throws PleachError `tell/nothing` (usage), `tell/over`
 */
export async function tellReceiver(
  ground: Ground,
  { receiver, text, replyTo, wait }: TellRequest,
): Promise<readonly Message[]> {
  if (text.trim() === "") throw nothingSaid();
  const from = await senderOf(ground);
  const stored = await send(ground, receiver, { from, text, replyTo });
  if (from.kind === "human" && replyTo !== null) takeForAnswered(ground, replyTo);
  if (wait === undefined) return stored;
  const ids = stored.map(({ id }) => id);
  return await awaitDelivery(ground, ids, { limitMs: wait.limitMs, signal: wait.signal() });
}

/** Finds the sender: a worker is known by more than its environment, so none speaks for another. */
async function senderOf(ground: Ground): Promise<Sender> {
  const speaker = await findSpeaker(ground);
  if (speaker.kind === "worker") return { kind: "track", name: speaker.track };
  return { kind: speaker.kind === "line" ? "line" : "human" };
}

async function send(ground: Ground, receiver: string, telling: Telling) {
  if (receiver === "all") return await tellAll(ground, telling);
  if (receiver === human) return [tellHuman(ground, telling)];
  const track = await requireTrackNamed(ground, receiver);
  if (!isLive(track)) throw gone(track);
  return [await tellTrack(ground, track, telling)];
}

function gone({ name, at }: Track): PleachError {
  return new PleachError({
    code: "tell/over",
    message: `track ${name} is ${at.state}: nobody will read what is told to it`,
    hint: "pleach ls lists the tracks that grow",
    exitCode: ExitCode.failed,
  });
}

function nothingSaid(): PleachError {
  return new PleachError({
    code: "tell/nothing",
    message: "there is nothing to be said",
    hint: 'pleach tell TRACK "what to say"',
    exitCode: ExitCode.usage,
  });
}
