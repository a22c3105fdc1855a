import type { EpochMs } from "../ground/clock.ts";

/**
 * Those who see the agent at work, the most trustworthy first. `program`: OSC 7501. `screen`: what
 * stands there while nothing else tells.
 */
export const observers = ["stream", "program", "hook", "title", "transcript", "screen"] as const;
export type Observer = (typeof observers)[number];

/** Who told us: kept with each state, shown wherever the state is shown. */
export type Source = "process" | "supervisor" | "report" | Observer;

/** What a worker waits for. `stated`: in its own words (`pleach blocked`). */
export type BlockedReason = "permission" | "question" | "auth" | "limit" | "stated";

/** What an observer can say of the agent. Details are the agent's own words: untrusted. */
export type Activity =
  | { readonly says: "working"; readonly detail: string }
  | { readonly says: "blocked"; readonly reason: BlockedReason; readonly detail: string }
  /** Its turn is over, as far as this source can see; what it left is not looked at yet. */
  | { readonly says: "turn-ended"; readonly detail: string }
  /** It waits for a first prompt. */
  | { readonly says: "idle" }
  /** A person broke its turn off (Esc), or said no to it. */
  | { readonly says: "interrupted" }
  /** Its turn ended on an error; `context`: its session goes no further. */
  | {
      readonly says: "failed";
      readonly reason: "error" | "context";
      readonly detail: string;
    };

/** What a source says, before it is known when. */
export type SignalContent =
  | ({ readonly source: "process" } & (
      | { readonly says: "running" }
      | { readonly says: "exited"; readonly code: number }
      | { readonly says: "killed"; readonly signal: string }
      /** Ended by a person, who lets it go on later. */
      | { readonly says: "paused" }
      /** Proven gone without a recorded end. */
      | { readonly says: "lost" }
      /** The probe failed. */
      | { readonly says: "unknown"; readonly why: string }
    ))
  /** What the supervisor itself did: made it, or sent it on. */
  | ({ readonly source: "supervisor" } & {
      readonly says: "starting" | "sent-on";
    })
  /** What the worker said about itself; a claim to be checked. */
  | ({ readonly source: "report" } & (
      | { readonly says: "done"; readonly detail: string }
      | { readonly says: "blocked"; readonly reason: "stated"; readonly detail: string }
    ))
  | ({
      readonly source: Observer;
      /** Who it is about when not the worker itself: a sub-agent, a background job. */
      readonly subAgent: string | null;
    } & Activity)
  /** The record of a sub-agent or a background job is gone. */
  | { readonly source: Observer; readonly subAgent: string; readonly says: "cleared" };

/** One thing a source said of a worker. Of each source only the newest is kept. */
export type Signal = SignalContent & {
  /** When it was heard last. */
  readonly at: EpochMs;
  /** Since when this source says so. */
  readonly since: EpochMs;
};

/** Of sub-agents and background jobs so many are kept, the newest. */
const mostApart = 16;
const longestDetail = 500;

/** Whom a signal is about: null for the worker itself. */
export const subAgentOf = (said: SignalContent): string | null =>
  "subAgent" in said ? said.subAgent : null;

/**
 * What is kept when one more thing is heard: the newest of each source. Equal times are settled by
 * what is said, so that the order of arrival does not matter. Pure.
 * @returns the same array when nothing new was said
 */
export function hear(kept: readonly Signal[], said: SignalContent, at: EpochMs): readonly Signal[] {
  const former = kept.find((one) => isSameSource(one, said));
  const short = detailed(shortened(said), former);
  if (former !== undefined && isOlder(short, at, former)) {
    if (at < former.at || former.since === at || isSameWord(former, short)) return kept;
    // Another word of the same moment: what is kept has not been said all the time before.
    return kept.map((one) => (one === former ? { ...one, since: at } : one));
  }
  const others = kept.filter((one) => one !== former);
  if (short.says === "cleared") return former === undefined ? kept : others;
  const goesOn = former !== undefined && isObserved(short) && isSameWord(former, short);
  return bounded([...others, { ...short, at, since: goesOn ? former.since : at }]);
}

/** Whether it was seen at the agent; each start, report and end is a fact of its own. */
export function isObserved(said: SignalContent): boolean {
  return (observers as readonly Source[]).includes(said.source);
}

/** Whether a source says again what it said before; details of work may differ. */
export function isSameWord(one: SignalContent, other: SignalContent): boolean {
  return wordOf(one) === wordOf(other);
}

/** When a signal that follows may be dated: the time of one source never stands still. */
export function timeAfter(kept: readonly Signal[], said: SignalContent, now: EpochMs): EpochMs {
  const former = kept.find((one) => isSameSource(one, said));
  return former === undefined ? now : Math.max(now, former.at + 1);
}

function isSameSource(one: SignalContent, other: SignalContent): boolean {
  return one.source === other.source && subAgentOf(one) === subAgentOf(other);
}

function isOlder(said: SignalContent, at: EpochMs, former: Signal): boolean {
  if (at !== former.at) return at < former.at;
  const { at: _, since: __, ...before } = former;
  return JSON.stringify(said) <= JSON.stringify(before);
}

/** What would be journalled: `working` is one word whatever it works on. */
function wordOf(said: SignalContent): string {
  const { source, says } = said;
  const about = subAgentOf(said) ?? "";
  const reason = "reason" in said ? said.reason : "";
  const detail = "detail" in said && says !== "working" ? cut(said.detail) : "";
  const end = "code" in said ? said.code : "signal" in said ? said.signal : "";
  return JSON.stringify([source, about, says, reason, detail, end]);
}

/** Work that names nothing goes on with what was named before. */
function detailed(said: SignalContent, former: Signal | undefined): SignalContent {
  const goesOn = said.says === "working" && said.detail === "" && former?.says === "working";
  return goesOn ? { ...said, detail: former.detail } : said;
}

function shortened(said: SignalContent): SignalContent {
  return "detail" in said ? { ...said, detail: cut(said.detail) } : said;
}

const cut = (text: string): string =>
  text.length <= longestDetail ? text : `${text.slice(0, longestDetail - 1)}…`;

function bounded(signals: readonly Signal[]): readonly Signal[] {
  const apart = signals
    .filter((one) => subAgentOf(one) !== null)
    .toSorted((a, b) => b.at - a.at || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const dropped = new Set(apart.slice(mostApart));
  return dropped.size === 0 ? signals : signals.filter((one) => !dropped.has(one));
}
