import type { Ground } from "../ground/ground.ts";
import type { TrackName } from "../ground/ids.ts";
import type { EventKind } from "../ground/journal/event.ts";
import type { Store } from "../ground/store/store.ts";
import type { Track } from "../track/track.ts";
import type { Message, MessageState } from "./message.ts";

type TalkGround = Pick<Ground, "store" | "clock" | "ids">;

interface Row {
  readonly seq: number;
  readonly doc: string;
}

type Draft = Pick<Message, "from" | "to" | "toAll" | "replyTo" | "isNotice" | "text">;

const read = ({ seq, doc }: Row): Message => ({ ...(JSON.parse(doc) as Message), id: seq });

/**
 * Records a message, in the journal and as a row.
 * @param made when its track was made: a later track of the same name does not inherit it
 */
export function storeMessage(
  { store, clock, ids }: TalkGround,
  draft: Draft,
  { made, thread }: { readonly made: number; readonly thread: number | undefined },
): Message {
  return store.transaction(() => {
    const next = "SELECT coalesce(max(seq), 0) + 1 AS seq FROM messages";
    const id = store.one<{ seq: number }>(next)?.seq ?? 1;
    const now = clock.now();
    const replied = draft.replyTo === null ? undefined : findMessage(store, draft.replyTo);
    const message: Message = {
      ...draft,
      id,
      at: now,
      thread: replied?.thread ?? thread ?? id,
      state: "stored",
      utterance: ids.utterance(),
      doubts: 0,
      road: null,
      evidence: null,
      changedAt: now,
    };
    store.write(
      "INSERT INTO messages (seq, receiver, track_made, state, doc) VALUES (?, ?, ?, ?, ?)",
      ...[id, message.to, made, message.state, JSON.stringify(message)],
    );
    const from = draft.from.kind === "track" ? draft.from.name : draft.from.kind;
    const track = made === 0 ? {} : { track: message.to as TrackName };
    store.append({ type: "message.stored", ...track, message: id, from, to: message.to });
    return message;
  });
}

export function findMessage(store: Store, id: number): Message | undefined {
  const row = store.one<Row>("SELECT seq, doc FROM messages WHERE seq = ?", id);
  return row === undefined ? undefined : read(row);
}

/** Lists all messages, or the messages to a single receiver; oldest first. */
export function allMessages(store: Store, to?: string): readonly Message[] {
  const sql = `SELECT seq, doc FROM messages ${to === undefined ? "" : "WHERE receiver = ?"} ORDER BY seq`;
  return store.all<Row>(sql, ...(to === undefined ? [] : [to])).map(read);
}

/** Lists the messages to a track as it is now, in these states, oldest first. */
export function messagesOf(
  store: Store,
  { name, createdAt }: Pick<Track, "name" | "createdAt">,
  ...states: readonly MessageState[]
): readonly Message[] {
  const sql = `SELECT seq, doc FROM messages WHERE receiver = ? AND track_made = ?
    AND state IN (SELECT value FROM json_each(?)) ORDER BY seq`;
  return store.all<Row>(sql, name, createdAt, JSON.stringify(states)).map(read);
}

/** Lists the messages of which nothing shows that they arrived, though they were said twice. */
export function stuckMessages(store: Store): readonly Message[] {
  return store
    .all<Row>("SELECT seq, doc FROM messages WHERE state = 'stuck' ORDER BY seq")
    .map(read);
}

/**
 * Moves a message on, if it is in the state the caller saw.
 * @returns undefined when it is in another state: another process was first
 */
export function moveMessage(
  { store, clock }: Pick<Ground, "store" | "clock">,
  id: number,
  from: readonly MessageState[],
  change: Partial<Message> & Pick<Message, "state">,
): Message | undefined {
  return store.transaction(() => {
    const former = findMessage(store, id);
    if (former === undefined || !from.includes(former.state)) return undefined;
    const message = { ...former, ...change, changedAt: clock.now() };
    const sql = "UPDATE messages SET state = ?, doc = ? WHERE seq = ?";
    store.write(sql, message.state, JSON.stringify(message), id);
    const told = journalled[message.state];
    if (told !== undefined && message.state !== former.state) {
      const track = message.to === "human" ? {} : { track: message.to as TrackName };
      const { road, evidence } = message;
      store.append({ type: told, ...track, message: id, road, evidence });
    }
    return message;
  });
}

type ToldKind = Exclude<Extract<EventKind, `message.${string}`>, "message.stored">;

/** The states of a message that stand in the journal. */
const journalled: { readonly [Key in MessageState]?: ToldKind } = {
  delivered: "message.delivered",
  acknowledged: "message.acknowledged",
  stuck: "message.stuck",
};
