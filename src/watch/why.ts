import type { EpochMs } from "../ground/clock.ts";
import { assertNever } from "../ground/errors.ts";
import { cut, type Paper, paint, type Style } from "../ground/paper.ts";
import { plainLine } from "../ground/text.ts";
import { type Signal, subAgentOf } from "../worker/signal.ts";
import { type SignalWeight, stateOf } from "../worker/state.ts";
import { suspicionOf, type Worker } from "../worker/worker.ts";
import { formatElapsed } from "./live.ts";

const styles: { readonly [Key in SignalWeight["weight"]]: Style } = {
  decides: "bold",
  agrees: "reset",
  suspects: "yellow",
  older: "dim",
  apart: "dim",
};

/** Formats a worker's activity and its sources: the deciding signal first, then by rank. Pure. */
export function formatWhy(worker: Worker, now: EpochMs, paper: Paper): readonly string[] {
  const { evidence, doubt } = stateOf(worker.signals, now);
  const suspicion = suspicionOf(worker);
  const ago = (at: EpochMs): string => `${formatElapsed(now - at)} ago`;
  const rows = evidence.map(({ signal, weight }) => {
    const first = signal.since === signal.at ? "" : `, first ${ago(signal.since)}`;
    const what = cut(
      plainLine(`${wordsOf(signal)} (${ago(signal.at)}${first})`),
      Math.max(20, paper.width - 26),
    );
    return paint(
      `  ${weight.padEnd(9)} ${sourceOf(signal).padEnd(12)} ${what}`,
      styles[weight],
      paper,
    );
  });
  return [
    `worker ${worker.id} is ${worker.at.state} since ${formatElapsed(now - worker.since)}, by: ${worker.source}`,
    ...rows,
    ...(suspicion === undefined
      ? []
      : [
          paint(
            `  suspected: ${plainLine(suspicion.why)} (${ago(suspicion.since)})`,
            "yellow",
            paper,
          ),
        ]),
    ...(worker.misheard === undefined
      ? []
      : [
          `  not understood: ${worker.misheard.count} of what it told, the last ${plainLine(worker.misheard.sample)}`,
        ]),
    ...(doubt === undefined
      ? []
      : [
          paint(
            `  in doubt: ${sourceOf(doubt)} has told otherwise for ${formatElapsed(now - doubt.since)}`,
            "yellow",
            paper,
          ),
        ]),
  ];
}

/** Lists the evidence for a program to read: see docs/schema/ls.json. Pure. */
export function listEvidence(worker: Worker, now: EpochMs): readonly object[] {
  return stateOf(worker.signals, now).evidence.map(({ signal, weight }) => ({
    weight,
    source: signal.source,
    ...(subAgentOf(signal) === null ? {} : { subAgent: subAgentOf(signal) }),
    at: signal.at,
    since: signal.since,
    says: signal.says,
    ...("reason" in signal ? { reason: signal.reason } : {}),
    words: wordsOf(signal),
  }));
}

function sourceOf(signal: Signal): string {
  const subAgent = subAgentOf(signal);
  return subAgent === null ? signal.source : plainLine(`${signal.source} ${subAgent}`);
}

/** Puts a signal into words. */
function wordsOf(signal: Signal): string {
  switch (signal.says) {
    case "working":
      return about("working", signal.detail);
    case "blocked":
      return about(`waits (${signal.reason})`, signal.detail);
    case "turn-ended":
      return about("its turn has ended", signal.detail);
    case "idle":
      return "waits for a prompt";
    case "interrupted":
      return "was interrupted";
    case "failed":
      return about(
        signal.reason === "context" ? "its context is full" : "met an error",
        signal.detail,
      );
    case "done":
      return about("says that it is done", signal.detail);
    case "starting":
      return "is being started";
    case "sent-on":
      return "was sent on";
    case "running":
      return "its process runs";
    case "exited":
      return `exited with ${signal.code}`;
    case "killed":
      return `was ended by ${signal.signal}`;
    case "paused":
      return "was ended, to go on later";
    case "lost":
      return "is gone without a word";
    case "unknown":
      return about("cannot be looked at", signal.why);
    case "cleared":
      return "is over";
    default:
      return assertNever(signal);
  }
}

const about = (words: string, detail: string): string =>
  detail === "" ? words : `${words}: ${detail}`;
