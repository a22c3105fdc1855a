import { ExitCode, PleachError } from "../ground/errors.ts";
import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import { waitForChange } from "../ground/store/watch.ts";
import { appendInbox } from "../grow/delivery/inbox.ts";
import { isLive, type Track } from "../track/track.ts";
import { allTracks } from "../track/track-store.ts";
import { isOver } from "../worker/worker.ts";
import { latestWorker } from "../worker/worker-store.ts";
import { formatForInbox, human, type Message, type Sender } from "./message.ts";
import { findMessage, storeMessage } from "./message-store.ts";

export interface Telling {
  readonly from: Sender;
  readonly text: string;
  readonly replyTo: number | null;
  readonly isNotice?: boolean;
}

/** Stores a message to the worker of a track, and puts it into its inbox. */
export async function tellTrack(
  ground: Ground,
  track: Track,
  telling: Telling,
  many?: { readonly thread: number | undefined },
): Promise<Message> {
  const { from, text, replyTo, isNotice = false } = telling;
  const draft = { from, to: track.name, toAll: many !== undefined, replyTo, isNotice, text };
  const message = storeMessage(ground, draft, { made: track.createdAt, thread: many?.thread });
  appendInbox(ground.repo, track, formatForInbox(message));
  return message;
}

/**
 * Stores a message to every live track, but for the sender's own.
 * @throws PleachError `tell/nobody` (exit 1)
 */
export async function tellAll(ground: Ground, telling: Telling): Promise<readonly Message[]> {
  const { from } = telling;
  const receivers = allTracks(ground.store).filter(
    (track) => isLive(track) && !(from.kind === "track" && from.name === track.name),
  );
  const told: Message[] = [];
  for (const track of receivers) {
    told.push(await tellTrack(ground, track, telling, { thread: told[0]?.thread }));
  }
  if (told.length > 0) return told;
  throw new PleachError({
    code: "tell/nobody",
    message: "there is nobody to be told: no track is live",
    hint: "pleach ls lists the tracks",
    exitCode: ExitCode.failed,
  });
}

/** Stores a message to the person in charge. */
export function tellHuman(ground: Ground, telling: Telling): Message {
  const { from, text, replyTo, isNotice = false } = telling;
  const draft = { from, to: human, toAll: false, replyTo, isNotice, text };
  return storeMessage(ground, draft, { made: 0, thread: undefined });
}

/**
 * Waits until the fate of these messages is known, at most `limitMs`, and not at all for a worker
 * that is over: messages to it wait for the next worker.
 * @returns the messages as they are then
 */
export async function awaitDelivery(
  { store, clock }: Pick<Ground, "store" | "clock">,
  ids: readonly number[],
  { limitMs, signal }: { readonly limitMs: number; readonly signal: AbortSignal },
): Promise<readonly Message[]> {
  const until = clock.monotonic() + limitMs;
  for (;;) {
    const since = store.version();
    const now = ids.flatMap((id) => findMessage(store, id) ?? []);
    const leftMs = until - clock.monotonic();
    const isOpen = now.some(({ to, state }) => {
      if (state !== "stored" && state !== "given") return false;
      const worker = latestWorker(store, to as TrackName);
      return worker !== undefined && !isOver(worker);
    });
    if (!isOpen || leftMs <= 0 || signal.aborted) return now;
    await waitForChange(store, clock, { since, limitMs: leftMs, signal });
  }
}
