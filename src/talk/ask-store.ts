import type { AgentAsk } from "../agents/event.ts";
import type { Ground } from "../ground/ground.ts";
import type { Store } from "../ground/store/store.ts";
import type { Worker } from "../worker/worker.ts";
import { type Ask, type AskState, answerLine, askLine, howToAnswer } from "./ask.ts";

type AskGround = Pick<Ground, "store" | "clock">;

interface Row {
  readonly id: number;
  readonly doc: string;
}

const read = ({ id, doc }: Row): Ask => ({ ...(JSON.parse(doc) as Ask), id });

/** Records that a worker waits; a call told twice is recorded once. */
export function raiseAsk(
  { store, clock }: AskGround,
  { id: worker, track }: Pick<Worker, "id" | "track">,
  { call, what, tool, detail, options, questions }: AgentAsk,
): void {
  store.transaction(() => {
    const known = asksOf(store, worker, ["open", "answered", "given"]);
    if (known.some((ask) => ask.call === call)) return;
    const next = "SELECT coalesce(max(id), 0) + 1 AS id FROM asks";
    const id = store.one<{ id: number }>(next)?.id ?? 1;
    const facts = { call, what, tool, detail, options, ...(questions && { questions }) };
    const ask: Ask = { id, track, worker, ...facts, askedAt: clock.now(), at: { state: "open" } };
    store.write(
      "INSERT INTO asks (id, track, worker, state, doc) VALUES (?, ?, ?, ?, ?)",
      ...[id, track, worker, ask.at.state, JSON.stringify(ask)],
    );
    const about = { ask: id, what, tool, detail, answer: howToAnswer(ask) };
    store.append({ type: "ask.raised", track, worker, ...about });
  });
}

export function findAsk(store: Store, id: number): Ask | undefined {
  const row = store.one<Row>("SELECT id, doc FROM asks WHERE id = ?", id);
  return row === undefined ? undefined : read(row);
}

/** Lists the asks of a worker in these states, oldest first. */
export function asksOf(
  store: Store,
  worker: string,
  states: readonly AskState["state"][],
): readonly Ask[] {
  const sql = `SELECT id, doc FROM asks WHERE worker = ?
    AND state IN (SELECT value FROM json_each(?)) ORDER BY id`;
  return store.all<Row>(sql, worker, JSON.stringify(states)).map(read);
}

/**
 * Lists the asks that wait for a person, of workers that are not known to be over; oldest first.
 */
export function openAsks(store: Store): readonly Ask[] {
  const sql = `SELECT asks.id, asks.doc FROM asks JOIN workers ON workers.id = asks.worker
    WHERE asks.state = 'open' AND workers.state NOT IN ('exited', 'killed', 'lost') ORDER BY asks.id`;
  return store.all<Row>(sql).map(read);
}

/**
 * Moves an ask on, if it is in one of the states required for that.
 * @returns false when it is in another state: another process was first
 */
export function moveAsk(
  { store }: Pick<Ground, "store">,
  id: number,
  from: readonly AskState["state"][],
  change: (ask: Ask) => AskState,
): boolean {
  return store.transaction(() => {
    const former = findAsk(store, id);
    if (former === undefined || !from.includes(former.at.state)) return false;
    const ask: Ask = { ...former, at: change(former) };
    const sql = "UPDATE asks SET state = ?, doc = ? WHERE id = ?";
    store.write(sql, ask.at.state, JSON.stringify(ask), id);
    tell(store, ask);
    return true;
  });
}

function tell(store: Store, ask: Ask): void {
  const { id, track, worker, at } = ask;
  const about = { track, worker, ask: id };
  if (at.state === "answered") {
    const { by, answer } = at.answer;
    const said = { by, answer: answerLine(answer), about: askLine(ask) };
    store.append({ type: "ask.answered", ...about, ...said });
  } else if (at.state === "verified") {
    store.append({ type: "ask.verified", ...about, evidence: at.evidence });
  } else if (at.state === "moot") {
    store.append({ type: "ask.withdrawn", ...about, why: at.why });
  }
}
