import type { Limit } from "../../agents/event.ts";
import type { EpochMs } from "../../ground/clock.ts";
import { assertNever } from "../../ground/errors.ts";
import { type AccountId, asAccountId, type TrackName } from "../../ground/ids.ts";

/**
 * An account that may start nothing now. Kept while a track waits for it, and shown to everyone.
 */
export interface Hold {
  readonly account: AccountId;
  readonly kind: HoldKind;
  /** The reason in the words of the program that told the limit. */
  readonly why: string;
  /** The time of the account's first limit. */
  readonly since: EpochMs;
  /** The time the account opens again, as the program said; null when it named none. */
  readonly reopens: EpochMs | null;
  /** The time from which one worker may try the account; null: never by itself. */
  readonly opens: EpochMs | null;
  /** The number of times the account was found closed, from 1. */
  readonly strikes: number;
  readonly at: HoldState;
}

export type HoldKind = Limit["limit"] | "budget";

export type HoldState =
  | { readonly state: "closed" }
  /** A track tries the account; the others wait for its first sign of life. */
  | { readonly state: "tried"; readonly by: TrackName; readonly since: EpochMs }
  /** The account is open: waiting tracks follow one by one, the next of them not before `next`. */
  | { readonly state: "easing"; readonly next: EpochMs };

/** The account held when a run has used up its budget: then nothing starts on any account. */
export const everyAccount = asAccountId("run");

/** How long to wait in each situation, in milliseconds. */
export interface HoldPace {
  /** Before the first try of an account whose limit names no time; doubles with each strike. */
  readonly probeMs: number;
  readonly probeMaxMs: number;
  /** Past the named time, and between the tracks that follow the first. */
  readonly staggerMs: number;
}

/** The content of a limit: `reopens` is null when no time is known. */
export type ToldLimit = Pick<Hold, "account" | "kind" | "why" | "reopens">;

/**
 * Computes the hold after a limit was told. If the account is closed anyway (told by workers still
 * at work), the later time counts; if it should have been open, the limit is one more strike.
 */
export function placed(
  former: Hold | undefined,
  told: ToldLimit,
  now: EpochMs,
  pace: HoldPace,
): Hold {
  const closed = { state: "closed" } as const;
  if (former?.at.state === "closed" && entryOf(former, { now, trying: false }) === "none") {
    if (told.reopens === null) return former;
    const reopens = Math.max(told.reopens, former.reopens ?? 0);
    const opens = Math.max(reopens + pace.staggerMs, now + pace.staggerMs);
    return { ...former, ...told, reopens, opens };
  }
  const strikes = (former?.strikes ?? 0) + 1;
  const backoff = Math.min(pace.probeMaxMs, pace.probeMs * 2 ** Math.min(strikes - 1, 30));
  // A named time that turned out to be wrong is waited for, but not hammered at.
  const least = now + (told.reopens === null || strikes > 1 ? backoff : pace.staggerMs);
  const opens = told.reopens === null ? least : Math.max(told.reopens + pace.staggerMs, least);
  return { ...told, since: former?.since ?? now, opens, strikes, at: closed };
}

/** Whether a track may start on the account now: none, or one. Without a hold any track may. */
export type Admission = "none" | "one";

/**
 * Decides how many tracks a hold admits now.
 * @param trying whether the track that tries the account is still at it
 */
export function entryOf(hold: Hold, { now, trying }: Moment): Admission {
  const { at, opens } = hold;
  switch (at.state) {
    case "closed":
      return opens !== null && now >= opens ? "one" : "none";
    case "tried":
      return trying ? "none" : "one";
    case "easing":
      return now >= at.next ? "one" : "none";
    default:
      return assertNever(at);
  }
}

export interface Moment {
  readonly now: EpochMs;
  readonly trying: boolean;
}

/**
 * Computes the hold after `entryOf` let a track in. On a closed account this track makes the try;
 * on an opening account the next track may follow a while later.
 */
export function entered(hold: Hold, track: TrackName, now: EpochMs, pace: HoldPace): Hold {
  return hold.at.state === "easing"
    ? { ...hold, at: { state: "easing", next: now + pace.staggerMs } }
    : { ...hold, at: { state: "tried", by: track, since: now } };
}

/**
 * Computes the hold after a track's worker showed life; undefined when that says nothing of the
 * account.
 */
export function eased(
  hold: Hold,
  track: TrackName,
  now: EpochMs,
  pace: HoldPace,
): Hold | undefined {
  if (hold.at.state !== "tried" || hold.at.by !== track) return undefined;
  return { ...hold, at: { state: "easing", next: now + pace.staggerMs } };
}

/** Whether a worker that has a track may begin a turn: not while closed, nor while another tries. */
export function bars(hold: Hold, track: TrackName): boolean {
  if (hold.at.state === "tried") return hold.at.by !== track;
  return hold.at.state === "closed";
}

/**
 * Describes a hold in a few words that name no time. Pure; untrusted words come from the program.
 */
export function formatHold({ account, kind, why }: Hold): string {
  if (kind === "budget") return `the budget of this run is used up: ${why}`;
  return `the account ${account} is held (${kind} limit): ${why}`;
}

/** Builds the hold of a run that has used up its budget; the next run takes it away. */
export const budgetHold = (why: string, now: EpochMs): Hold => ({
  ...{ account: everyAccount, kind: "budget", why, since: now },
  ...{ reopens: null, opens: null, strikes: 1, at: { state: "closed" } },
});

/**
 * Says when the hold has to be looked at again by the wall clock; undefined: when something
 * happens.
 */
export function nextLook({ at, opens }: Hold): EpochMs | undefined {
  if (at.state === "easing") return at.next;
  return at.state === "closed" ? (opens ?? undefined) : undefined;
}
