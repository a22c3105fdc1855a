import type { Ground } from "../ground/ground.ts";
import type { Track } from "../track/track.ts";
import { human, type Message } from "./message.ts";
import { allMessages, findMessage, messagesOf, moveMessage } from "./message-store.ts";

const all = ["stored", "given", "delivered", "acknowledged", "stuck"] as const;

/** Reads the messages to the person, on the person's request: they wait no longer. */
export function readHumanInbox(ground: Pick<Ground, "store" | "clock">): readonly Message[] {
  return ground.store.transaction(() => {
    for (const { id } of allMessages(ground.store, human))
      acknowledge(ground, id, "you have read it");
    return allMessages(ground.store, human);
  });
}

/** Marks a message to the person as answered, if the number names such a message. */
export function takeForAnswered(ground: Pick<Ground, "store" | "clock">, id: number): void {
  if (findMessage(ground.store, id)?.to === human) acknowledge(ground, id, "you have answered it");
}

function acknowledge(ground: Pick<Ground, "store" | "clock">, id: number, evidence: string): void {
  moveMessage(ground, id, ["stored"], { state: "acknowledged", evidence });
}

/** Reads the messages of a worker, on its own request, which shows that it has them. */
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
