import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { type AccountId, asAccountId } from "../ground/ids.ts";
import { parseJson } from "../ground/json.ts";
import type { ExactEnv } from "../ground/proc/run.ts";
import { parseToml } from "./toml.ts";

/** The place in which a program will look for its login. */
export interface Login {
  /** The environment the program will get. */
  readonly env: ExactEnv;
  /** Reads the text of a file; undefined when it cannot be read. */
  readonly read: (file: string) => string | undefined;
}

/**
 * Makes an account id, with a fingerprint in the place of the secrets.
 * @param how the kind of login: `key`, `token`, `login`, `folder`
 */
export function accountId(
  agent: string,
  how: string,
  ...secrets: readonly (string | undefined)[]
): AccountId {
  const hash = createHash("sha256").update(JSON.stringify(secrets.map((one) => one ?? null)));
  return asAccountId(`${agent}/${how}-${hash.digest("hex").slice(0, 10)}`);
}

const claudeLogin = z.object({
  oauthAccount: z.object({
    accountUuid: z.string().min(1),
    organizationUuid: z.string().optional(),
  }),
});

/**
 * Finds the account of Claude Code: a token or key of its environment comes before the login of its
 * folder. Pure.
 */
export function claudeAccount({ env, read }: Login): AccountId {
  const address = env["ANTHROPIC_BASE_URL"];
  for (const cloud of ["BEDROCK", "VERTEX", "FOUNDRY"]) {
    if ((env[`CLAUDE_CODE_USE_${cloud}`] ?? "") === "") continue;
    const { AWS_PROFILE, AWS_ACCESS_KEY_ID, ANTHROPIC_VERTEX_PROJECT_ID } = env;
    return accountId(
      "claude",
      cloud.toLowerCase(),
      AWS_PROFILE,
      AWS_ACCESS_KEY_ID,
      ANTHROPIC_VERTEX_PROJECT_ID,
    );
  }
  const ways = [
    ["token", "ANTHROPIC_AUTH_TOKEN"],
    ["key", "ANTHROPIC_API_KEY"],
    ["token", "CLAUDE_CODE_OAUTH_TOKEN"],
  ] as const;
  for (const [how, name] of ways) {
    if ((env[name] ?? "") !== "") return accountId("claude", how, env[name], address);
  }
  const own = env["CLAUDE_CONFIG_DIR"];
  const home = env["HOME"] ?? "";
  const login = claudeLogin.safeParse(parseJson(read(join(own ?? home, ".claude.json")))).data;
  if (login === undefined) {
    return accountId("claude", "folder", own ?? join(home, ".claude"), address);
  }
  const { accountUuid, organizationUuid } = login.oauthAccount;
  return accountId("claude", "login", accountUuid, organizationUuid);
}

const codexConfig = z.object({
  model_provider: z.string().optional(),
  model_providers: z
    .record(
      z.string(),
      z.object({ base_url: z.string().optional(), env_key: z.string().optional() }).catch({}),
    )
    .catch({}),
});
const codexLogin = z.object({
  OPENAI_API_KEY: z.string().nullish(),
  tokens: z.object({ account_id: z.string().nullish() }).nullish(),
});

/**
 * Finds the account of Codex: the key of its configured provider, else the login of its folder.
 * Pure.
 */
export function codexAccount({ env, read }: Login): AccountId {
  const folder = env["CODEX_HOME"] ?? join(env["HOME"] ?? "", ".codex");
  const config = codexConfig.safeParse(parseToml(read(join(folder, "config.toml")))).data;
  const provider = config?.model_providers[config.model_provider ?? ""];
  const key = provider?.env_key === undefined ? undefined : env[provider.env_key];
  if (key !== undefined) return accountId("codex", "key", key, provider?.base_url);
  const { CODEX_API_KEY } = env;
  if ((CODEX_API_KEY ?? "") !== "") return accountId("codex", "key", CODEX_API_KEY);
  const login = codexLogin.safeParse(parseJson(read(join(folder, "auth.json")))).data;
  const account = login?.tokens?.account_id ?? "";
  if (account !== "") return accountId("codex", "login", account);
  const saved = login?.OPENAI_API_KEY ?? "";
  return saved === "" ? accountId("codex", "folder", folder) : accountId("codex", "key", saved);
}
