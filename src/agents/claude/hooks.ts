import { join } from "node:path";
import { type HookDuty, hookLine } from "../hooks.ts";
import type { LaunchRequest } from "../launch.ts";

/** The events that tell something about the work; others exist. */
const events = [
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PostToolUse",
  "PostToolUseFailure",
  "PermissionRequest",
  "Notification",
  "Stop",
  "StopFailure",
  "SubagentStart",
  "SubagentStop",
  "SessionEnd",
] as const;

/** The events whose hook gives words to the model; at the end of a turn, words make it go on. */
const duties: { readonly [Event in (typeof events)[number]]?: HookDuty } = {
  UserPromptSubmit: "context",
  PostToolUse: "context",
  PostToolUseFailure: "context",
  Stop: "context",
};

/**
 * The time limits of hooks, in seconds. A dialog stands open while its hook waits, and either
 * answer closes it; a day is long enough.
 */
const timeouts = { usual: 10, await: 86_400 };

/**
 * Returns the settings of one run of Claude Code, beside the user's own, which stay unchanged.
 * Pure.
 * @param opens whether the run opens a dialog where it asks something
 */
export function claudeSettings(
  request: LaunchRequest,
  { opens }: { readonly opens: boolean },
): { readonly path: string; readonly text: string } {
  const hooks = events.map((event) => {
    const duty = event === "PermissionRequest" && opens ? "await" : duties[event];
    const timeout = duty === "await" ? timeouts.await : timeouts.usual;
    const command = hookLine(request, event, duty);
    return [event, [{ hooks: [{ type: "command", command, timeout }] }]];
  });
  const settings = { hooks: Object.fromEntries(hooks) };
  return {
    path: join(request.folder, "claude-settings.json"),
    text: `${JSON.stringify(settings, undefined, 2)}\n`,
  };
}
