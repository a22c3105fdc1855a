import type { EpochMs } from "../ground/clock.ts";
import { elapsedSince } from "../ground/elapsed.ts";
import { assertNever } from "../ground/errors.ts";
import {
  type BlockedReason,
  isObserved,
  observers,
  type Signal,
  type Source,
  subAgentOf,
} from "./signal.ts";

/** The state of a worker, as far as there is evidence. */
export type WorkerState =
  | { readonly state: "starting" }
  | { readonly state: "working" }
  | { readonly state: "blocked"; readonly reason: BlockedReason; readonly detail: string }
  /**
   * The agent waits, and no person has to decide yet: for a prompt, or after a turn with this
   * ending.
   */
  | {
      readonly state: "idle";
      readonly reason: "no-prompt" | "turn-ended" | "interrupted" | "error" | "context";
      readonly detail: string;
    }
  | { readonly state: "done"; readonly summary: string }
  | { readonly state: "exited"; readonly code: number }
  | { readonly state: "killed"; readonly signal: string }
  /** Ended by a person for a while; the session goes on when they say so. */
  | { readonly state: "paused" }
  /** Proven gone without a recorded end. */
  | { readonly state: "lost" }
  /** The probe failed: nothing is known, nothing may be concluded. */
  | { readonly state: "unknown"; readonly why: string };

/** The weight of a signal in the state of its worker. */
export interface SignalWeight {
  readonly signal: Signal;
  /**
   * The weight. `suspects`: a weaker source that has contradicted since; `older`: overtaken by
   * later signals; `apart`: about a sub-agent or a background job, which never speaks for its
   * parent.
   */
  readonly weight: "decides" | "agrees" | "suspects" | "older" | "apart";
}

/** The conclusion from the signals of a worker. */
export interface Finding {
  readonly at: WorkerState;
  readonly source: Source;
  readonly since: EpochMs;
  /**
   * The strongest weaker source that has contradicted for a while; raises doubt, changes nothing.
   */
  readonly doubt: Signal | undefined;
  /** The signals with their weights: the decider first, then by rank. */
  readonly evidence: readonly SignalWeight[];
}

/**
 * The time after which an ended turn in a terminal counts as reported done when nothing has
 * followed, in milliseconds.
 */
export const doneAfterMs = 60_000;

/**
 * The time in milliseconds within which sources come to tell the same; only a longer contradiction
 * raises doubt.
 */
const doubtAfterMs = 2_000;
/**
 * The time in milliseconds by which a record lags behind its subject: only later records are news.
 */
const recordLagMs = 4_000;

/**
 * Decides the state of a worker, by a single rule. An end of its process overrides all. Then, the
 * strongest source that has spoken since the process started, or since its supervisor sent it on,
 * decides: its own report, structured stream, program status, hooks, title, transcript, screen, and
 * at last the fact that the process runs. A weaker source only raises doubt (but see
 * `strongestOf`). Pure.
 */
export function stateOf(signals: readonly Signal[], now: EpochMs): Finding {
  const own = signals.filter((one) => subAgentOf(one) === null);
  const decider = decide(own);
  if (decider === undefined) {
    const at: WorkerState = { state: "unknown", why: "nothing has told of it" };
    return { at, source: "supervisor", since: now, doubt: undefined, evidence: [] };
  }
  const evidence = signals
    .toSorted((a, b) => rank(a) - rank(b) || compareText(nameOf(a), nameOf(b)))
    .map((signal): SignalWeight => ({ signal, weight: weigh(signal, decider, own) }));
  const first = evidence.filter(({ weight }) => weight === "decides");
  const rest = evidence.filter(({ weight }) => weight !== "decides");
  const doubts = rest.filter(
    ({ signal, weight }) =>
      weight === "suspects" && elapsedSince(signal.since, now) >= doubtAfterMs,
  );
  return {
    at: readSignal(decider, now),
    source: decider.source,
    since: isObserved(decider) ? Math.max(decider.since, turnStart(own)) : decider.since,
    doubt: doubts[0]?.signal,
    evidence: [...first, ...rest],
  };
}

const nameOf = (signal: Signal): string => `${signal.source}/${subAgentOf(signal) ?? ""}`;
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const ranks: readonly Source[] = ["process", "supervisor", "report", ...observers];
const rank = ({ source }: Signal): number => ranks.indexOf(source);

const isEnd = ({ says }: Signal): boolean =>
  says === "exited" || says === "killed" || says === "paused" || says === "lost";

function decide(own: readonly Signal[]): Signal | undefined {
  const life = own.find(({ source }) => source === "process");
  if (life !== undefined && isEnd(life)) return life;
  const others = own.filter((one) => one !== life);
  if (life?.says === "unknown" && others.every(({ at }) => at <= life.at)) return life;
  const from = turnStart(own);
  const seen = own.filter((one) => isObserved(one) && one.at >= from);
  const strongest = strongestOf(seen);
  const report = own.find(({ source }) => source === "report");
  const stands =
    report !== undefined && report.at >= from && !(strongest && hasTurnedTo(strongest, report));
  if (stands) return report;
  if (strongest !== undefined) return strongest;
  return own
    .filter(({ source, says }) => source === "supervisor" || says === "running")
    .toSorted((a, b) => b.at - a.at || rank(a) - rank(b))[0];
}

/**
 * Finds the strongest source that has spoken. No hook tells that a person interrupted the turn: an
 * earlier signal of a hook is past when the program's own record has the interruption.
 */
function strongestOf(seen: readonly Signal[]): Signal | undefined {
  const [first] = observers.flatMap((name) => seen.filter(({ source }) => source === name));
  // The agent got a prompt with its start: it does not wait for a prompt.
  if (first?.says === "idle") return seen.find(isOnScreen) ?? first;
  const isBusy = first?.says === "working" || first?.says === "blocked";
  if (first?.source !== "hook" || !isBusy) return first;
  const broken = seen.find(({ source, says }) => source === "transcript" && says === "interrupted");
  return broken !== undefined && broken.since > first.at ? broken : first;
}

const isOnScreen = ({ source, says }: Signal): boolean => source === "screen" && says === "blocked";

/**
 * Returns the time from which observations count: observations of a former process, or before a
 * reminder, are past.
 */
export function turnStart(own: readonly Signal[]): EpochMs {
  const starts = own.filter(({ source, says }) => source === "supervisor" || says === "running");
  return Math.max(0, ...starts.map(({ since }) => since));
}

/** Whether new work was begun after the report: the report is about the former work. */
const hasTurnedTo = (seen: Signal, report: Signal): boolean =>
  seen.since > report.at && (seen.says === "working" || seen.says === "blocked");

function weigh(signal: Signal, decider: Signal, own: readonly Signal[]): SignalWeight["weight"] {
  if (signal === decider) return "decides";
  if (subAgentOf(signal) !== null) return "apart";
  if (signal.says === "running") return isEnd(decider) ? "older" : "agrees";
  if (isEnd(decider) || signal.at < turnStart(own)) return "older";
  if (isAlike(signal, decider)) return "agrees";
  const isWeaker = rank(signal) > rank(decider);
  const lag = signal.source === "transcript" ? recordLagMs : 0;
  return isWeaker && isObserved(signal) && signal.at >= decider.at + lag ? "suspects" : "older";
}

/** Whether two signals mean the same state; their details may differ. */
const isAlike = (one: Signal, other: Signal): boolean => classOf(one) === classOf(other);

function classOf(signal: Signal): string {
  switch (signal.says) {
    case "working":
    case "running":
    case "starting":
    case "sent-on":
      return "working";
    case "blocked":
      return "blocked";
    case "turn-ended":
    case "idle":
    case "interrupted":
    case "failed":
    case "done":
      return "waiting";
    default:
      return signal.says;
  }
}

function readSignal(signal: Signal, now: EpochMs): WorkerState {
  switch (signal.says) {
    case "starting":
      return { state: "starting" };
    case "running":
    case "sent-on":
    case "working":
      return { state: "working" };
    case "blocked":
      return { state: "blocked", reason: signal.reason, detail: signal.detail };
    case "turn-ended":
      return readTurnEnd(signal, now);
    case "idle":
      return { state: "idle", reason: "no-prompt", detail: "" };
    case "interrupted":
      return { state: "idle", reason: "interrupted", detail: "" };
    case "failed":
      return { state: "idle", reason: signal.reason, detail: signal.detail };
    case "done":
      return { state: "done", summary: signal.detail };
    case "exited":
      return { state: "exited", code: signal.code };
    case "killed":
      return { state: "killed", signal: signal.signal };
    case "paused":
      return { state: "paused" };
    case "lost":
      return { state: "lost" };
    case "unknown":
      return { state: "unknown", why: signal.why };
    case "cleared":
      throw new Error("what is cleared is not kept");
    default:
      return assertNever(signal);
  }
}

/**
 * Reads the end of a turn. A stream's final word is a report of being done; a terminal's turn may
 * yet be followed by more.
 */
function readTurnEnd(signal: Signal & { readonly says: "turn-ended" }, now: EpochMs): WorkerState {
  const isFinal = signal.source === "stream" || elapsedSince(signal.since, now) >= doneAfterMs;
  if (isFinal) return { state: "done", summary: "" };
  return { state: "idle", reason: "turn-ended", detail: signal.detail };
}
