import { z } from "zod";
import type { LaunchRequest } from "./launch.ts";

/*
 * Hooks: the calls of an agent program at certain moments of its work, with a JSON payload on
 * stdin. Claude Code and Codex share the form. Each call is one line for the supervisor
 * (`bin/hook.sh`).
 */

/**
 * The output a program takes from a hook: `context`, words for its model; `block`, words that keep
 * its turn from ending; `await`, the answer to the dialog it has opened meanwhile.
 */
export type HookDuty = "context" | "block" | "await";

/** Writes the shell line of a hook: programs take a line, not an argv. */
export function hookLine(
  request: Pick<LaunchRequest, "worker" | "worktree" | "folder" | "hookScript">,
  event: string,
  duty?: HookDuty,
): string {
  const { worker, worktree, folder, hookScript } = request;
  const words = ["sh", hookScript, event, worker, folder, worktree, ...(duty ? [duty] : [])];
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}

/** The report of a hook, the same for every program. */
export type HookEvent = {
  /** The id of the sub-agent, when it is not the worker itself that speaks. */
  readonly subAgent: string | null;
  readonly session: string | null;
  /** The file of the program's own record of the session. */
  readonly transcript: string | null;
} & (
  | { readonly kind: "session-started" }
  /** The words have come before the model: evidence that a message arrived. */
  | { readonly kind: "prompt"; readonly text: string }
  | {
      readonly kind: "tool";
      readonly moment: "before" | "after" | "failed" | "interrupted";
      readonly tool: string;
      readonly paths: readonly string[];
      readonly detail: string;
      /** The whole input as text: the same call twice in a row has the same text. */
      readonly input: string;
    }
  | {
      readonly kind: "asked";
      readonly tool: string;
      readonly detail: string;
      readonly input: Input;
      /** The name by which its hook waits for the answer; null: it does not wait. */
      readonly waits: string | null;
    }
  | { readonly kind: "noticed"; readonly notice: string; readonly text: string }
  | {
      readonly kind: "turn-ended";
      readonly text: string;
      /** The number of programs and agents that go on after the turn has ended. */
      readonly background: number;
      /** Whether more than shells are among them: an agent will wake its parent again. */
      readonly isWoken: boolean;
    }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "interrupted" }
  | { readonly kind: "session-ended"; readonly why: string }
  | { readonly kind: "sub-agent"; readonly moment: "started" | "ended" }
  /** A report of our own script: it has printed these messages to the program. */
  | { readonly kind: "handed"; readonly letters: readonly string[] }
  /** A report of our own script: it has printed the awaited answer. */
  | { readonly kind: "replied"; readonly ask: string }
  /** An event this version does not know. */
  | { readonly kind: "unknown"; readonly name: string }
);

/** The input of a tool call. */
export type Input = Readonly<Record<string, unknown>>;

const text = z.string().catch("");

/** The fields that are read; every field may be missing in a later version. */
const payloadSchema = z.object({
  session_id: z.string().nullable().catch(null),
  transcript_path: z.string().nullable().catch(null),
  agent_id: z.string().nullable().catch(null),
  prompt: text,
  tool_name: text,
  tool_input: z.record(z.string(), z.unknown()).catch({}),
  notification_type: text,
  message: text,
  last_assistant_message: text,
  background_tasks: z.array(z.object({ type: text }).catch({ type: "" })).catch([]),
  error: text,
  is_interrupt: z.boolean().catch(false),
  reason: text,
  letters: z.array(z.string()).catch([]),
  ask: text,
});

/**
 * Reads a hook's payload. Pure; never throws: an unreadable payload tells only its event.
 * @param waits the name by which the hook waits for an answer
 */
export function readHook(event: string, payload: unknown, waits: string | null = null): HookEvent {
  const told = payloadSchema.catch(payloadSchema.parse({})).parse(payload);
  const from = {
    subAgent: told.agent_id,
    session: told.session_id,
    transcript: told.transcript_path,
  };
  const { tool_name: tool, tool_input: input } = told;
  switch (event) {
    case "SessionStart":
      return { ...from, kind: "session-started" };
    case "UserPromptSubmit":
      return { ...from, kind: "prompt", text: told.prompt };
    case "PreToolUse":
      return { ...from, kind: "tool", moment: "before", ...toolOf(tool, input) };
    case "PostToolUse":
      return { ...from, kind: "tool", moment: "after", ...toolOf(tool, input) };
    case "PostToolUseFailure":
      return {
        ...{ ...from, kind: "tool", ...toolOf(tool, input) },
        moment: told.is_interrupt ? "interrupted" : "failed",
      };
    case "PermissionRequest":
      return { ...from, kind: "asked", tool, detail: askDetailOf(input), input, waits };
    case "Notification":
      return { ...from, kind: "noticed", notice: told.notification_type, text: told.message };
    case "Stop":
      return {
        ...{ ...from, kind: "turn-ended", text: told.last_assistant_message },
        background: told.background_tasks.length,
        // A shell may be a server, which never ends.
        isWoken: told.background_tasks.some(({ type }) => type !== "shell"),
      };
    case "StopFailure":
      return { ...from, kind: "failed", why: told.error };
    case "Interrupt":
      return { ...from, kind: "interrupted" };
    case "SubagentStart":
      return { ...from, kind: "sub-agent", moment: "started" };
    case "SubagentStop":
      return { ...from, kind: "sub-agent", moment: "ended" };
    case "Handed":
      return { ...from, kind: "handed", letters: told.letters };
    case "Replied":
      return { ...from, kind: "replied", ask: told.ask };
    case "SessionEnd":
      return { ...from, kind: "session-ended", why: told.reason };
    default:
      return { ...from, kind: "unknown", name: event };
  }
}

const toolOf = (tool: string, input: Input) => ({
  tool,
  paths: tool === "apply_patch" ? patchedPaths(input["command"]) : pathsOf(input),
  detail: detailOf(input),
  input: JSON.stringify(input),
});

/** Lists the files that a patch in Codex's form changes. */
export function patchedPaths(patch: unknown): readonly string[] {
  const headers = typeof patch === "string" ? patch : "";
  return [...headers.matchAll(/^\*\*\* (?:Add|Update|Delete) File: (.+)$/gm)].flatMap(([, path]) =>
    path === undefined ? [] : [path],
  );
}

/** Lists the files that a tool's input names, as the program names them. */
export function pathsOf(input: Input): readonly string[] {
  const named = ["file_path", "notebook_path", "path"].map((key) => input[key]);
  return named.filter((path) => typeof path === "string");
}

/** Finds the detail a person would want to read: the command, the pattern, the address. */
export function detailOf(input: Input): string {
  const keys = ["command", "file_path", "notebook_path", "pattern", "url", "query", "description"];
  const said = keys.map((key) => input[key]).find((value) => typeof value === "string");
  return typeof said === "string" ? said : "";
}

/**
 * Says all that a person has to know of a call before they allow it: a plan in its words, and the
 * whole input where no single field tells.
 */
export function askDetailOf(input: Input): string {
  const detail = detailOf(input);
  if (detail !== "") return detail;
  const { plan } = input;
  if (typeof plan === "string") return plan;
  return Object.keys(input).length === 0 ? "" : JSON.stringify(input);
}
