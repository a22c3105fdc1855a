import type { RecordEvent } from "../../agents/record.ts";
import type { SignalContent } from "../../worker/signal.ts";
import { streamSignal } from "./stream-signal.ts";

/**
 * What an event of a program's own record says of its state; undefined: nothing. It comes late and in
 * nobody's promised form, so of all that see the agent it is trusted least. Pure.
 */
export function signalOfRecord(event: RecordEvent): SignalContent | undefined {
  switch (event.kind) {
    case "interrupted":
      return { source: "transcript", subAgent: null, says: "interrupted" };
    case "called":
      return undefined;
    case "returned":
      return { source: "transcript", subAgent: null, says: "working", detail: "" };
    default:
      return streamSignal(event, "transcript");
  }
}
