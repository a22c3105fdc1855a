import type { Ground } from "../ground/ground.ts";
import type { Track } from "../grow/track.ts";
import type { Message } from "./message.ts";
import { messagesOf, moveMessage } from "./message-store.ts";

const all = ["stored", "given", "delivered", "acknowledged", "stuck"] as const;

/** The messages of a worker, read by itself: that shows that it has them. */
export function readOwnInbox(
  ground: Pick<Ground, "store" | "clock">,
  track: Track,
): readonly Message[] {
  return ground.store.transaction(() => {
    for (const { id, road, evidence } of messagesOf(ground.store, track, ...all)) {
      const how = road === null ? { evidence: "it has read its inbox" } : { evidence };
      const from = ["stored", "given", "delivered", "stuck"] as const;
      moveMessage(ground, id, from, { state: "acknowledged", ...how });
    }
    return messagesOf(ground.store, track, ...all);
  });
}
