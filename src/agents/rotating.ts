import { join } from "node:path";
import { z } from "zod";
import { parseJson } from "../ground/json.ts";
import type { Login } from "./account.ts";

/*
 * Some logins are a pair of tokens, of which the second buys a new pair and is then worth nothing.
 * Programs side by side share the file of such a pair: the program that renews last may find its
 * token spent, and each asks for a login again. Keys and long-lived tokens do not have this
 * problem.
 */

export interface RotatingLogin {
  /** The file of the pair. */
  readonly file: string;
  /** The login to use instead. */
  readonly hint: string;
}

const token = z.string().min(1);
const claudePair = z.object({ claudeAiOauth: z.object({ refreshToken: token }) });
const codexPair = z.object({ tokens: z.object({ refresh_token: token }) });
const opencodeLogins = z.record(z.string(), z.unknown());
const opencodePair = z.object({ type: z.literal("oauth"), refresh: token });

/**
 * Finds the rotating login of Claude Code, when nothing in its environment comes before the login
 * of its folder. Pure.
 */
export function claudeRotating({ env, read }: Login): RotatingLogin | undefined {
  const others = ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"];
  if (others.some((name) => (env[name] ?? "") !== "")) return undefined;
  const folder = env["CLAUDE_CONFIG_DIR"] ?? join(env["HOME"] ?? "", ".claude");
  const file = join(folder, ".credentials.json");
  if (!claudePair.safeParse(parseJson(read(file))).success) return undefined;
  return { file, hint: "claude setup-token, and set CLAUDE_CODE_OAUTH_TOKEN to what it prints" };
}

/** Finds the rotating login of Codex, when it uses the login of its folder. Pure. */
export function codexRotating({ env, read }: Login): RotatingLogin | undefined {
  if ((env["CODEX_API_KEY"] ?? "") !== "") return undefined;
  const file = join(env["CODEX_HOME"] ?? join(env["HOME"] ?? "", ".codex"), "auth.json");
  if (!codexPair.safeParse(parseJson(read(file))).success) return undefined;
  return { file, hint: "set CODEX_API_KEY, or log in again when a track needs you (auth)" };
}

/** Finds the rotating login of OpenCode, when a provider's login is such a pair. Pure. */
export function opencodeRotating({ env, read }: Login): RotatingLogin | undefined {
  const data = env["XDG_DATA_HOME"] ?? join(env["HOME"] ?? "", ".local/share");
  const file = join(data, "opencode/auth.json");
  const logins = opencodeLogins.safeParse(parseJson(read(file))).data ?? {};
  if (!Object.values(logins).some((login) => opencodePair.safeParse(login).success)) {
    return undefined;
  }
  return { file, hint: "opencode auth login, with an API key instead of a subscription" };
}
