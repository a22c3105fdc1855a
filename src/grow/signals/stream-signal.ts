import type { AgentEvent, TurnOutcome } from "../../agents/event.ts";
import { assertNever } from "../../ground/errors.ts";
import type { Activity, SignalContent } from "../../worker/signal.ts";

/**
 * Reads the state of an agent from an event of its structured stream, or of its record; undefined
 * when it says nothing. Pure.
 */
export function streamSignal(
  event: AgentEvent,
  source: "stream" | "transcript" = "stream",
): SignalContent | undefined {
  const told = (activity: Activity, subAgent: string | null = null): SignalContent => ({
    source,
    subAgent,
    ...activity,
  });
  switch (event.kind) {
    case "turn-started":
      return told({ says: "working", detail: "" });
    case "message":
      return told({ says: "working", detail: "" }, event.subAgent);
    case "tool": {
      const about = event.detail === "" ? event.paths.join(" ") : event.detail;
      const detail = `${event.tool} ${about}`.trimEnd();
      return told({ says: "working", detail }, event.subAgent);
    }
    case "turn-ended":
      return told(ended(event.outcome));
    case "limit":
      return told({ says: "blocked", reason: "limit", detail: event.why });
    case "asked":
      return told({
        says: "blocked",
        reason: event.what,
        detail: `${event.tool}: ${event.detail}`,
      });
    case "ask-closed":
      return told({ says: "working", detail: "" });
    case "session":
    case "heard":
    case "denied":
    case "retrying":
    case "warning":
    case "usage":
    case "used":
    case "background":
    case "unknown":
      return undefined;
    default:
      return assertNever(event);
  }
}

function ended(outcome: TurnOutcome): Activity {
  switch (outcome.kind) {
    case "finished":
      return { says: "turn-ended", detail: "" };
    case "limited":
      return { says: "blocked", reason: "limit", detail: outcome.why };
    case "unauthorised":
      return { says: "blocked", reason: "auth", detail: outcome.why };
    case "exhausted":
      return { says: "failed", reason: "context", detail: outcome.why };
    case "failed":
      return { says: "failed", reason: "error", detail: outcome.why };
    default:
      return assertNever(outcome);
  }
}
