import type { AgentEvent } from "../../agents/event.ts";
import type { HookEvent } from "../../agents/hooks.ts";
import { assertNever } from "../../ground/errors.ts";
import type { Activity, SignalContent } from "../../worker/signal.ts";

/** Reads the state of an agent from a hook's event; undefined when it says nothing. Pure. */
export function hookSignal(event: HookEvent): SignalContent | undefined {
  const { subAgent } = event;
  if (event.kind === "sub-agent" && event.moment === "ended") {
    return subAgent === null ? undefined : { source: "hook", subAgent, says: "cleared" };
  }
  const activity = activityOf(event);
  return activity === undefined ? undefined : { source: "hook", subAgent, ...activity };
}

function activityOf(event: HookEvent): Activity | undefined {
  switch (event.kind) {
    case "prompt":
      return { says: "working", detail: "" };
    case "tool":
      return toolActivity(event);
    case "asked":
      return waits(event.tool, event.detail);
    case "noticed":
      return noticed(event.notice, event.text);
    case "turn-ended":
      return event.background === 0
        ? { says: "turn-ended", detail: "" }
        : { says: "working", detail: `${event.background} in the background` };
    case "failed":
      return { says: "failed", reason: "error", detail: event.why };
    case "interrupted":
      return { says: "interrupted" };
    case "sub-agent":
      return event.subAgent === null ? undefined : { says: "working", detail: "" };
    // A session also starts anew in the middle of a turn, and its end is seen at the process.
    case "session-started":
    case "session-ended":
    case "handed":
    case "replied":
    case "unknown":
      return undefined;
    default:
      return assertNever(event);
  }
}

function toolActivity(event: HookEvent & { readonly kind: "tool" }): Activity {
  const { tool, detail, moment } = event;
  if (moment === "interrupted") return { says: "interrupted" };
  if (moment === "before" && isQuestion(tool)) return waits(tool, detail);
  return { says: "working", detail: `${tool} ${detail}`.trimEnd() };
}

/** Whether a tool asks a question: the names are those of Claude Code and of Codex. */
const isQuestion = (tool: string): boolean =>
  tool === "AskUserQuestion" || tool === "request_user_input";

const waits = (tool: string, detail: string): Activity => ({
  says: "blocked",
  reason: isQuestion(tool) ? "question" : "permission",
  detail: detail === "" ? tool : `${tool}: ${detail}`,
});

/** Reads a notice, which comes seconds late, and only when no person has answered by then. */
function noticed(notice: string, detail: string): Activity | undefined {
  switch (notice) {
    case "permission_prompt":
      return { says: "blocked", reason: "permission", detail };
    case "elicitation_dialog":
    case "agent_needs_input":
      return { says: "blocked", reason: "question", detail };
    case "idle_prompt":
      return { says: "turn-ended", detail };
    default:
      return undefined;
  }
}

/**
 * Reads the work itself from a hook's event, for the transcript of an agent without a stream. Pure.
 */
export function hookWork(event: HookEvent): AgentEvent | undefined {
  const { subAgent } = event;
  if (event.kind === "tool" && event.moment === "before") {
    const { tool, paths, detail } = event;
    return { kind: "tool", tool, paths, detail, subAgent };
  }
  if (event.kind !== "turn-ended" || event.text === "") return undefined;
  return { kind: "message", text: event.text, subAgent };
}
