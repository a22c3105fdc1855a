import type { Ground } from "../ground/ground.ts";
import { readHumanInbox, readOwnInbox } from "../talk/inbox.ts";
import { human, type Message } from "../talk/message.ts";
import { allMessages } from "../talk/message-store.ts";
import { findOwnTrack, requireTrackNamed } from "./own-track.ts";

/**
 * Reads messages: to the person (`human`), to one track, or all there are. Inside a worktree they are
 * the worker's own, and are acknowledged by that, as the person's are.
 */
export async function readMessages(
  ground: Ground,
  { to }: { readonly to: string | undefined },
): Promise<readonly Message[]> {
  if (to === human) return readHumanInbox(ground);
  if (to !== undefined)
    return allMessages(ground.store, (await requireTrackNamed(ground, to)).name);
  const own = findOwnTrack(ground);
  return own === undefined ? allMessages(ground.store) : readOwnInbox(ground, own);
}
