import type { Ground } from "../ground/ground.ts";
import type { MessageStore, PendingMessage } from "../grow/delivery/message-store-port.ts";
import { requireTrack } from "../track/track-store.ts";
import type { Worker } from "../worker/worker.ts";
import type { AskState, Given } from "./ask.ts";
import { asksOf, moveAsk, raiseAsk } from "./ask-store.ts";
import { formatForAgent, type Message } from "./message.ts";
import { messagesOf, moveMessage } from "./message-store.ts";

/** The number of doubtful deliveries at which a message is stuck. */
const mostDoubts = 2;

/** Opens the messages of a worker, kept in the database. */
export function openMessageStore(
  ground: Ground,
  worker: Pick<Worker, "id" | "track">,
): MessageStore {
  const { store } = ground;
  const track = requireTrack(store, worker.track);
  return {
    pending: () => messagesOf(store, track, "stored").map(letterOf),
    give: (letters, utterance) => {
      // A transaction wakes every reader, this one too: none without need.
      if (letters.length === 0) return [];
      return store.transaction(() =>
        letters.filter(
          (letter) =>
            moveMessage(ground, letter.id, ["stored"], {
              state: "given",
              utterance: utterance ?? letter.utterance,
            }) !== undefined,
        ),
      );
    },
    waits: (ids, why) => {
      for (const id of ids) moveMessage(ground, id, ["given"], { state: "given", evidence: why });
    },
    delivered: (ids, how) => {
      for (const id of ids) {
        moveMessage(ground, id, ["stored", "given", "stuck"], { state: "delivered", ...how });
      }
    },
    takeBack: (ids) => {
      const again = { state: "stored", evidence: null } as const;
      for (const id of ids) moveMessage(ground, id, ["given"], again);
    },
    stuck: (ids, why) => {
      for (const id of ids) moveMessage(ground, id, ["given"], { state: "stuck", evidence: why });
    },
    inDoubt: (ids, why) => {
      for (const message of messagesOf(store, track, "given")) {
        if (ids.includes(message.id)) doubt(ground, message, why);
      }
    },
    unsettled: () => messagesOf(store, track, "given"),
    ...asksOfWorker(ground, worker),
  };
}

function letterOf(message: Message): PendingMessage {
  const { id, utterance, isNotice } = message;
  return { id, utterance, isNotice, text: formatForAgent(message) };
}

function doubt(ground: Ground, { id, doubts }: Message, why: string): void {
  const state = doubts + 1 < mostDoubts ? "stored" : "stuck";
  moveMessage(ground, id, ["given"], { state, doubts: doubts + 1, evidence: why });
}

type AskPart = Pick<
  MessageStore,
  "asked" | "replies" | "replying" | "replied" | "reopen" | "withdraw"
>;

function asksOfWorker(ground: Ground, worker: Pick<Worker, "id" | "track">): AskPart {
  const { store } = ground;
  return {
    asked: (ask) => raiseAsk(ground, worker, ask),
    replies: () =>
      asksOf(store, worker.id, ["answered"]).flatMap(({ id, call, at }) =>
        at.state === "answered" ? [{ ask: id, call, answer: at.answer.answer }] : [],
      ),
    replying: (id) =>
      moveAsk(ground, id, ["answered"], (ask) => ({ state: "given", answer: givenOf(ask.at) })),
    replied: (id, { isMoot, evidence }) => {
      moveAsk(ground, id, ["answered", "given"], ({ at }) =>
        isMoot
          ? { state: "moot", answer: givenOf(at), why: evidence }
          : { state: "verified", answer: givenOf(at), evidence },
      );
    },
    reopen: (id, why) => {
      moveAsk(ground, id, ["given"], () => ({ state: "open", why }));
    },
    withdraw: (why, call) => {
      for (const ask of asksOf(store, worker.id, ["open", "answered", "given"])) {
        if (call !== undefined && ask.call !== call) continue;
        moveAsk(ground, ask.id, [ask.at.state], ({ at }) => ({
          state: "moot",
          answer: "answer" in at ? at.answer : null,
          why,
        }));
      }
    },
  };
}

function givenOf(at: AskState): Given {
  if ("answer" in at && at.answer !== null) return at.answer;
  throw new Error("an ask that nobody has answered has no answer to give");
}
