import { join } from "node:path";
import { z } from "zod";
import { parseJson } from "../ground/json.ts";
import type { Login } from "./account.ts";
import { parseToml } from "./toml.ts";

/*
 * What a program asks in its terminal before it takes its first prompt: whether it may work in a
 * folder at all. That is its user's to say, once for a repository; Pleach never says it for them.
 */

const claudeAnswers = z.object({
  projects: z.record(z.string(), z.object({ hasTrustDialogAccepted: z.boolean().catch(false) })),
});

const codexAnswers = z.object({
  projects: z.record(z.string(), z.object({ trust_level: z.string().catch("") })),
});

/** Claude Code, which trusts the worktrees of a checkout that it trusts. Pure. */
export function claudeTrusts({ env, read }: Login, folder: string): boolean {
  const file = join(env["CLAUDE_CONFIG_DIR"] ?? env["HOME"] ?? "", ".claude.json");
  const answers = claudeAnswers.safeParse(parseJson(read(file))).data;
  return answers?.projects[folder]?.hasTrustDialogAccepted === true;
}

/** Codex, which trusts the worktrees of a checkout that it trusts. Pure. */
export function codexTrusts({ env, read }: Login, folder: string): boolean {
  const home = env["CODEX_HOME"] ?? join(env["HOME"] ?? "", ".codex");
  const answers = codexAnswers.safeParse(parseToml(read(join(home, "config.toml")))).data;
  return answers?.projects[folder]?.trust_level === "trusted";
}
