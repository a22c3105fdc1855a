import type { EpochMs } from "../ground/clock.ts";

/**
 * The observers of the agent at work, the most trustworthy first. `program`: OSC 7501. `screen`:
 * the text on the screen while nothing else tells.
 */
export const observers = ["stream", "program", "hook", "title", "transcript", "screen"] as const;
export type Observer = (typeof observers)[number];

/** The sender of a signal: kept with each state, shown wherever the state is shown. */
export type Source = "process" | "supervisor" | "report" | Observer;

/** The reason for which a worker waits. `stated`: in its own words (`pleach blocked`). */
export type BlockedReason = "permission" | "question" | "auth" | "limit" | "stated";

/** An observer's report of the agent. Details are the agent's own words: untrusted. */
export type Activity =
  | { readonly says: "working"; readonly detail: string }
  | { readonly says: "blocked"; readonly reason: BlockedReason; readonly detail: string }
  /** The turn is over, as far as this source can see; its work is not examined yet. */
  | { readonly says: "turn-ended"; readonly detail: string }
  /** The agent waits for a first prompt. */
  | { readonly says: "idle" }
  /** A person interrupted the turn (Esc), or said no to the agent. */
  | { readonly says: "interrupted" }
  /** The turn ended on an error; `context`: the session goes no further. */
  | {
      readonly says: "failed";
      readonly reason: "error" | "context";
      readonly detail: string;
    };

/** The content of a signal, before its time is known. */
export type SignalContent =
  | ({ readonly source: "process" } & (
      | { readonly says: "running" }
      | { readonly says: "exited"; readonly code: number }
      | { readonly says: "killed"; readonly signal: string }
      /** The agent was ended by a person, who lets it go on later. */
      | { readonly says: "paused" }
      /** The agent is proven gone without a recorded end. */
      | { readonly says: "lost" }
      /** The probe failed. */
      | { readonly says: "unknown"; readonly why: string }
    ))
  /** An act of the supervisor itself: it made the worker, or sent it on. */
  | ({ readonly source: "supervisor" } & {
      readonly says: "starting" | "sent-on";
    })
  /** The worker's report about itself; a claim to be checked. */
  | ({ readonly source: "report" } & (
      | { readonly says: "done"; readonly detail: string }
      | { readonly says: "blocked"; readonly reason: "stated"; readonly detail: string }
    ))
  | ({
      readonly source: Observer;
      /** The sub-agent or background job that the signal is about; null for the worker itself. */
      readonly subAgent: string | null;
    } & Activity)
  /** The record of a sub-agent or a background job is gone. */
  | { readonly source: Observer; readonly subAgent: string; readonly says: "cleared" };

/** A signal of a source about a worker. Of each source only the newest is kept. */
export type Signal = SignalContent & {
  /** The time at which it was heard last. */
  readonly at: EpochMs;
  /** The time since which this source says so. */
  readonly since: EpochMs;
};

/** The number of kept signals about sub-agents and background jobs, the newest. */
const mostApart = 16;
const longestDetail = 500;

/** Returns the subject of a signal: null for the worker itself. */
export const subAgentOf = (said: SignalContent): string | null =>
  "subAgent" in said ? said.subAgent : null;

/**
 * Adds a signal to the kept signals: the newest of each source stays. Equal times are settled by
 * the content, so that the order of arrival does not matter. Pure.
 * @returns the same array when nothing new was said
 */
export function hear(kept: readonly Signal[], said: SignalContent, at: EpochMs): readonly Signal[] {
  const former = kept.find((one) => isSameSource(one, said));
  const short = detailed(shortened(said), former);
  if (former !== undefined && isOlder(short, at, former)) {
    if (at < former.at || former.since === at || isSameWord(former, short)) return kept;
    // A different signal of the same moment: the kept signal has not held all the time before.
    return kept.map((one) => (one === former ? { ...one, since: at } : one));
  }
  const others = kept.filter((one) => one !== former);
  if (short.says === "cleared") return former === undefined ? kept : others;
  const goesOn = former !== undefined && isObserved(short) && isSameWord(former, short);
  return bounded([...others, { ...short, at, since: goesOn ? former.since : at }]);
}

/** Whether a signal was observed at the agent; each start, report and end is a fact of its own. */
export function isObserved(said: SignalContent): boolean {
  return (observers as readonly Source[]).includes(said.source);
}

/** Whether a source repeats its former signal; details of work may differ. */
export function isSameWord(one: SignalContent, other: SignalContent): boolean {
  return wordOf(one) === wordOf(other);
}

/** Returns the time for a signal that follows: the time of a source never stands still. */
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

/** Returns a signal as it would be journalled: `working` is the same word whatever the work. */
function wordOf(said: SignalContent): string {
  const { source, says } = said;
  const about = subAgentOf(said) ?? "";
  const reason = "reason" in said ? said.reason : "";
  const detail = "detail" in said && says !== "working" ? cut(said.detail) : "";
  const end = "code" in said ? said.code : "signal" in said ? said.signal : "";
  return JSON.stringify([source, about, says, reason, detail, end]);
}

/** Fills in the detail: work without a detail goes on with the detail named before. */
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
