import { join } from "node:path";
import { z } from "zod";
import { parseJson } from "../ground/json.ts";
import type { Login } from "./account.ts";
import { parseToml } from "./toml.ts";

/*
 * The question of a program in its terminal before it takes its first prompt: whether it may work
 * in a folder at all. The answer is its user's, once for a repository; Pleach never answers for
 * them.
 */

const claudeAnswers = z.object({
  projects: z.record(z.string(), z.object({ hasTrustDialogAccepted: z.boolean().catch(false) })),
});

const codexAnswers = z.object({
  projects: z.record(z.string(), z.object({ trust_level: z.string().catch("") })),
});

/** Whether Claude Code trusts a checkout, and with it the worktrees of the checkout. Pure. */
export function claudeTrusts({ env, read }: Login, folder: string): boolean {
  const file = join(env["CLAUDE_CONFIG_DIR"] ?? env["HOME"] ?? "", ".claude.json");
  const answers = claudeAnswers.safeParse(parseJson(read(file))).data;
  return answers?.projects[folder]?.hasTrustDialogAccepted === true;
}

/** Whether Codex trusts a checkout, and with it the worktrees of the checkout. Pure. */
export function codexTrusts({ env, read }: Login, folder: string): boolean {
  const home = env["CODEX_HOME"] ?? join(env["HOME"] ?? "", ".codex");
  const answers = codexAnswers.safeParse(parseToml(read(join(home, "config.toml")))).data;
  return answers?.projects[folder]?.trust_level === "trusted";
}
