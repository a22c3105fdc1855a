import type { Clock, EpochMs } from "../../ground/clock.ts";
import { elapsedSince } from "../../ground/elapsed.ts";
import type { AccountId, TrackName, WorkerId } from "../../ground/ids.ts";
import type { Store } from "../../ground/store/store.ts";
import { allTracks, findTrack } from "../../track/track-store.ts";
import { isOver } from "../../worker/worker.ts";
import { latestWorker } from "../../worker/worker-store.ts";
import {
  type Admission,
  bars,
  budgetHold,
  eased,
  entered,
  entryOf,
  everyAccount,
  type Hold,
  type HoldPace,
  placed,
  type ToldLimit,
} from "./hold.ts";

interface HoldRow {
  readonly doc: string;
}

type HoldGround = { readonly store: Store; readonly clock: Clock };

/** Time a track that was let in has to be provisioned or get a worker, 30 s: no other is let in. */
const entryMs = 30_000;

/** Lists every account that is held, or to which waiting tracks still return one by one. */
export function allHolds(store: Store): readonly Hold[] {
  return store
    .all<HoldRow>("SELECT doc FROM holds ORDER BY rowid")
    .map((row) => JSON.parse(row.doc) as Hold);
}

function findHold(store: Store, account: AccountId): Hold | undefined {
  const row = store.one<HoldRow>("SELECT doc FROM holds WHERE account = ?", account);
  return row === undefined ? undefined : (JSON.parse(row.doc) as Hold);
}

function saveHold(store: Store, hold: Hold): void {
  store.write(
    `INSERT INTO holds (account, doc) VALUES (?, ?)
     ON CONFLICT (account) DO UPDATE SET doc = excluded.doc`,
    hold.account,
    JSON.stringify(hold),
  );
}

interface Place {
  readonly track: TrackName;
  readonly worker?: WorkerId;
}

/** Holds an account: nothing starts on it from this transaction on, in any process. */
export function placeHold(
  { store, clock }: HoldGround,
  told: ToldLimit,
  by: Place | undefined,
  pace: HoldPace,
): Hold {
  return store.transaction(() => {
    const former = findHold(store, told.account);
    const hold = placed(former, told, clock.now(), pace);
    if (JSON.stringify(hold) === JSON.stringify(former)) return hold;
    saveHold(store, hold);
    const { account, kind, why, reopens, opens, strikes } = hold;
    store.append({
      type: "account.held",
      ...{ account, kind, why, reopens, opens, strikes },
      ...by,
    });
    return hold;
  });
}

/** Says how many tracks each held account admits now; an account not listed admits all. */
export function entriesNow(store: Store, now: EpochMs): ReadonlyMap<AccountId, Admission> {
  return new Map(
    allHolds(store).map((hold) => {
      const trying = isTried(store, hold, now);
      return [hold.account, entryOf(hold, { now, trying })] as const;
    }),
  );
}

/** Whether the track that tries an account is still at it. */
function isTried(store: Store, { at }: Hold, now: EpochMs): boolean {
  if (at.state !== "tried") return false;
  if (elapsedSince(at.since, now) < entryMs) return true;
  const track = findTrack(store, at.by);
  if (track?.at.state === "provisioning") return true;
  const worker = latestWorker(store, at.by);
  return track?.at.state === "growing" && worker !== undefined && !isOver(worker);
}

/**
 * Asks to start a worker of a track on an account; if the account was held and it is time, this
 * track tries it. One transaction: of several that ask at once, one is let in.
 * @returns the hold that keeps the track out; undefined when it may start
 */
export function enterAccount(
  { store, clock }: HoldGround,
  { account, track }: { readonly account: AccountId; readonly track: TrackName },
  pace: HoldPace,
): Hold | undefined {
  return store.transaction(() => {
    const now = clock.now();
    const spent = findHold(store, everyAccount);
    if (spent !== undefined) return spent;
    const hold = findHold(store, account);
    if (hold === undefined) return undefined;
    const trying = isTried(store, hold, now) && !isBy(hold, track);
    if (entryOf(hold, { now, trying }) === "none") return hold;
    if (hold.at.state === "easing" && waitingFor(store, account, track) === 0) {
      store.write("DELETE FROM holds WHERE account = ?", account);
      store.append({ type: "account.released", account });
      return undefined;
    }
    saveHold(store, entered(hold, track, now, pace));
    if (hold.at.state !== "easing") store.append({ type: "account.tried", account, track });
    return undefined;
  });
}

const isBy = ({ at }: Hold, track: TrackName): boolean => at.state === "tried" && at.by === track;

/** Counts the tracks that wait for an account, apart from the given one. */
function waitingFor(store: Store, account: AccountId, track: TrackName): number {
  return allTracks(store).filter(
    ({ name, at }) =>
      name !== track && at.state === "held" && "account" in at && at.account === account,
  ).length;
}

/**
 * Finds the hold for which a worker of the track may not begin a turn now; undefined when it may.
 */
export function refusingHold(store: Store, account: AccountId, track: TrackName): Hold | undefined {
  const holds = [findHold(store, everyAccount), findHold(store, account)];
  return holds.find((hold) => hold !== undefined && bars(hold, track));
}

/** Holds every account as a run has used up its budget: no turn begins any more, anywhere. */
export function placeBudgetHold({ store, clock }: HoldGround, why: string): void {
  store.transaction(() => {
    if (findHold(store, everyAccount) !== undefined) return;
    const hold = budgetHold(why, clock.now());
    saveHold(store, hold);
    store.append({ type: "account.held", account: hold.account, kind: hold.kind, why });
  });
}

/** Lifts the budget hold when a run begins or is over: a former run's budget binds no later one. */
export function liftBudgetHold({ store }: Pick<HoldGround, "store">): void {
  store.transaction(() => {
    if (store.write("DELETE FROM holds WHERE account = ?", everyAccount) === 0) return;
    store.append({ type: "account.released", account: everyAccount });
  });
}

/**
 * Opens an account after a worker did something only an open account allows: other tracks follow.
 */
export function showLife(
  { store, clock }: HoldGround,
  { account, track, worker }: { readonly account: AccountId } & Place,
  pace: HoldPace,
): void {
  store.transaction(() => {
    const hold = findHold(store, account);
    const open = hold === undefined ? undefined : eased(hold, track, clock.now(), pace);
    if (open === undefined) return;
    saveHold(store, open);
    store.append({
      type: "account.opened",
      ...{ account, track },
      ...(worker === undefined ? {} : { worker }),
    });
  });
}
