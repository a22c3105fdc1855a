import type { Activity, SignalContent } from "../../worker/signal.ts";
import type { TerminalNotice } from "./notice.ts";

/** Spinners of the known programs turn in Braille patterns at the front of the title. */
const spinner = /^[\u2801-\u28ff]/;
/** The title of Codex while it waits for an answer: `[ ! ] Action Required | folder`. */
const asking = /^\[ . \] Action Required\b/;

/**
 * Reads a program's state from a title or a progress report: the weakest of its own signals, for it
 * seldom says why. A title that says nothing is the end of work only after one that said something.
 * Pure.
 * @param former the signal of the notices before it
 */
export function noticeSignal(
  notice: TerminalNotice,
  former: SignalContent | undefined,
): SignalContent | undefined {
  const activity = activityOf(notice, former?.says === "working" || former?.says === "blocked");
  return activity === undefined ? undefined : { source: "title", subAgent: null, ...activity };
}

function activityOf(notice: TerminalNotice, wasBusy: boolean): Activity | undefined {
  if (notice.kind === "notification") return undefined;
  const over: Activity | undefined = wasBusy ? { says: "turn-ended", detail: "" } : undefined;
  if (notice.kind === "title") {
    const { title } = notice;
    if (asking.test(title)) return { says: "blocked", reason: "permission", detail: "" };
    return spinner.test(title) ? { says: "working", detail: "" } : over;
  }
  switch (notice.state) {
    case "normal":
    case "indeterminate":
      return { says: "working", detail: "" };
    case "paused":
      return { says: "blocked", reason: "question", detail: "" };
    case "error":
      return { says: "failed", reason: "error", detail: "" };
    case null:
      return over;
  }
}
