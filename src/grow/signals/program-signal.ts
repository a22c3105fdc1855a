import { assertNever } from "../../ground/errors.ts";
import type { Activity, SignalContent } from "../../worker/signal.ts";

/** A program's report about itself, as OSC 7501 carries it; its texts are untrusted. */
export interface ProgramStatus {
  /** The record to replace: empty for the program itself, else a sub-agent or background job. */
  readonly id: string;
  readonly state: "idle" | "working" | "blocked" | "done" | "error" | "clear";
  readonly kind: "permission" | "question" | "auth" | undefined;
  readonly message: string;
}

/**
 * Reads a program's state from its report. Idle after work, without a done between, is an interrupt
 * or a denial, for which there may be no hook; after a done it is only a key press. Pure.
 * @param former the signal of the former report of the same record
 * @returns undefined when it says nothing: a program clears its own record when it is about to exit
 */
export function programSignal(
  status: ProgramStatus,
  former: SignalContent | undefined,
): SignalContent | undefined {
  const { id } = status;
  if (status.state === "clear") {
    return id === "" ? undefined : { source: "program", subAgent: id, says: "cleared" };
  }
  if (status.state === "idle" && former !== undefined && isWaiting(former)) return former;
  const subAgent = id === "" ? null : id;
  return { source: "program", subAgent, ...activityOf(status, status.state, former) };
}

const isWaiting = ({ says }: SignalContent): boolean =>
  says === "turn-ended" || says === "failed" || says === "interrupted";

function activityOf(
  { kind, message: detail }: ProgramStatus,
  state: Exclude<ProgramStatus["state"], "clear">,
  former: SignalContent | undefined,
): Activity {
  switch (state) {
    case "working":
      return { says: "working", detail };
    case "blocked":
      return { says: "blocked", reason: kind ?? "question", detail };
    case "done":
      return { says: "turn-ended", detail };
    case "error":
      return { says: "failed", reason: "error", detail };
    case "idle": {
      const wasBusy = former?.says === "working" || former?.says === "blocked";
      return { says: wasBusy ? "interrupted" : "idle" };
    }
    default:
      return assertNever(state);
  }
}
