import type { RecordEvent } from "../../agents/record.ts";
import type { SignalContent } from "../../worker/signal.ts";
import { streamSignal } from "./stream-signal.ts";

/**
 * Reads the state of an agent from an event of its program's own record; undefined when it says
 * nothing. A record comes late and in no promised form, so it is the least trusted source. Pure.
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
