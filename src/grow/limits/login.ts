import { readFileSync } from "node:fs";
import type { Login } from "../../agents/account.ts";
import { requireAgent } from "../../agents/known.ts";
import type { Config } from "../../ground/config/config.ts";
import { PleachError } from "../../ground/errors.ts";
import type { Ground } from "../../ground/ground.ts";
import { type AccountId, asAccountId } from "../../ground/ids.ts";
import { workerEnvironment } from "../worktree/environment.ts";

/** Names the account that the next start of an agent would use; an unknown agent's is its name. */
export function accountOfAgent(
  { env, repo }: Pick<Ground, "env" | "repo">,
  config: Config,
  agent: string,
): AccountId {
  try {
    return requireAgent(config, agent).accountOf(loginOf({ env, repo }));
  } catch (error) {
    if (error instanceof PleachError) return asAccountId(agent);
    throw error;
  }
}

/** Describes the login that an agent started here finds. */
export function loginOf({ env, repo }: Pick<Ground, "env" | "repo">): Login {
  return { env: workerEnvironment({ env, repo }), read: readLogin };
}

function readLogin(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Absent or unreadable: the next best mark of the login counts.
    return undefined;
  }
}
