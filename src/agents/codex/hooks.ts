import { createHash } from "node:crypto";
import { type HookDuty, hookLine } from "../hooks.ts";
import { tomlString } from "../toml.ts";

/** The events: the name in Codex's settings, and the name in its trust records. */
const events = [
  ["SessionStart", "session_start"],
  ["UserPromptSubmit", "user_prompt_submit"],
  ["PreToolUse", "pre_tool_use"],
  ["PostToolUse", "post_tool_use"],
  ["PermissionRequest", "permission_request"],
  ["Stop", "stop"],
  ["Interrupt", "interrupt"],
  ["SubagentStart", "subagent_start"],
  ["SubagentStop", "subagent_stop"],
  ["SessionEnd", "session_end"],
] as const;

/** The events whose hook gives words to the model; the end of a turn takes only a refusal. */
const duties: { readonly [event: string]: HookDuty } = {
  UserPromptSubmit: "context",
  PostToolUse: "context",
  Stop: "block",
};

/**
 * The time limit of a hook, in seconds; Codex allows no more to the hook of a session's end, and
 * the limit is part of the hash.
 */
const timeout = 3;

/**
 * Returns the hooks of one run of Codex, as settings on its command line. Codex runs a hook only
 * when its settings hold the hash of that very definition; our hashes are given along with the
 * hooks, so that nothing else becomes trusted: not the user's own hooks, and none that the
 * repository brings. A version that computes the hash otherwise silently leaves our hooks out, and
 * the stream or OSC 7501 tells alone.
 */
export function codexHookFlags(request: Parameters<typeof hookLine>[0]): readonly string[] {
  const hooks = events.map(([event, label]) => {
    const command = hookLine(request, event, duties[event]);
    const identity = { async: false, command, timeout, type: "command" };
    const trusted = JSON.stringify({ event_name: label, hooks: [identity] });
    const hash = createHash("sha256").update(trusted).digest("hex");
    return {
      setting: `hooks.${event}=[{hooks=[{type="command",command=${tomlString(command)},timeout=${timeout}}]}]`,
      trust: `"/<session-flags>/config.toml:${label}:0:0"={trusted_hash="sha256:${hash}"}`,
    };
  });
  const state = `hooks.state={${hooks.map(({ trust }) => trust).join(",")}}`;
  return [...hooks.map(({ setting }) => setting), state].flatMap((setting) => ["-c", setting]);
}
