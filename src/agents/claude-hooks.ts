import { join } from "node:path";
import type { Errand } from "./agent.ts";
import { hookLine } from "./hooks.ts";

/** Those that tell something about the work; others exist. */
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

/** The settings of one run of Claude Code, beside the user's own, which stay as they are. Pure. */
export function claudeSettings(errand: Errand): {
  readonly path: string;
  readonly text: string;
} {
  const hooks = events.map((event) => [
    event,
    [{ hooks: [{ type: "command", command: hookLine(errand, event), timeout: 10 }] }],
  ]);
  const settings = { hooks: Object.fromEntries(hooks) };
  return {
    path: join(errand.folder, "claude-settings.json"),
    text: `${JSON.stringify(settings, undefined, 2)}\n`,
  };
}
