import type { LaunchRequest } from "../launch.ts";
import { ownVerbs, plainCommands } from "../plain.ts";

/**
 * Returns the flags for what it may do unasked: edit here, commit, report, and run the gate where a
 * rule can express it.
 */
export function claudePermissions({
  permissions,
  mayRun,
}: Pick<LaunchRequest, "permissions" | "mayRun">): readonly string[] {
  if (permissions === "bypass") return ["--dangerously-skip-permissions"];
  const own = ["pleach inbox", ...ownVerbs.map((verb) => `${verb} *`)];
  const commands = ["git *", ...own, ...plainCommands(mayRun)];
  const tools = commands.map((command) => `Bash(${command})`);
  return ["--permission-mode", "acceptEdits", "--allowedTools", ...tools];
}
