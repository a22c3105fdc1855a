import type { Agent } from "../../agents/agent.ts";
import { adapters, requireAgent } from "../../agents/known.ts";
import type { Config } from "../../ground/config/config.ts";
import { PleachError } from "../../ground/errors.ts";
import type { Ground } from "../../ground/ground.ts";
import { findProgram } from "../../ground/proc/path.ts";
import { run, succeeded } from "../../ground/proc/run.ts";
import { loginOf } from "../../grow/limits/login.ts";
import { workerEnvironment } from "../../grow/worktree/environment.ts";
import { type Check, failed, ok, warning } from "./check.ts";
import { compareVersions, versionIn } from "./version.ts";

/** The default agent must be there; another one that is missing only matters to its tasks. */
export async function agentChecks(ground: Ground, config: Config): Promise<readonly Check[]> {
  const names = new Set([
    ...(config.agent === undefined ? [] : [config.agent]),
    ...config.agents.keys(),
  ]);
  const checks = [...names].map(async (name) => await agentCheck(ground, config, name));
  const logins = [...names].flatMap((name) => [
    ...loginCheck(ground, config, name),
    ...trustCheck(ground, config, name),
  ]);
  if (config.agent !== undefined) return [...(await Promise.all(checks)), ...logins];
  const env = workerEnvironment(ground);
  const found = adapters.find(({ name }) => findProgram(name, env, ground.repo.mainTop));
  const none = warning(
    "agent",
    "no default agent is set",
    `set one in pleach.toml: agent = "${found?.name ?? "NAME"}"`,
  );
  return [none, ...(await Promise.all(checks)), ...logins];
}

/** Logins that parallel sessions would renew away from each other; one worker has nobody beside it. */
function loginCheck(ground: Ground, config: Config, name: string): readonly Check[] {
  if (config.agents.get(name)?.command !== undefined) return [];
  const adapter = adapters.find((one) => one.name === name);
  const rotating = adapter?.rotating(loginOf(ground));
  if (rotating === undefined) return [];
  const label = `login ${name}`;
  const fact = `${rotating.file} holds a token that is spent when it is renewed`;
  if (config.workers === 1) return [ok(label, fact)];
  return [
    warning(
      label,
      `${fact}: ${config.workers} sessions side by side may take the login away from each other`,
      rotating.hint,
    ),
  ];
}

/** Checks whether the agent would ask for trust in each of its terminals before it begins. */
function trustCheck(ground: Ground, config: Config, name: string): readonly Check[] {
  const section = config.agents.get(name);
  if (section?.mode !== "terminal" || section.command !== undefined) return [];
  const adapter = adapters.find((one) => one.name === name);
  const profile = adapter?.make({ model: section.model }).terminal;
  const top = ground.repo.mainTop;
  if (profile === undefined || profile.trusts(loginOf(ground), top)) return [];
  const fact = `${name} has not been told that it may work in ${top}: it asks, before it begins`;
  return [warning(`trust ${name}`, fact, `start ${name} there once, and say yes`)];
}

async function agentCheck(ground: Ground, config: Config, name: string): Promise<Check> {
  const label = `agent ${name}`;
  let agent: Agent;
  try {
    agent = requireAgent(config, name);
  } catch (error) {
    if (error instanceof PleachError) return failed(label, error);
    throw error;
  }
  const { program, triedWith } = agent;
  if (program === undefined) return ok(label, "built in");
  const env = workerEnvironment(ground);
  const path = findProgram(program, env, ground.repo.mainTop);
  if (path === undefined) {
    const detail = `${program} is not on PATH`;
    const hint = `install it, or choose another agent in pleach.toml`;
    if (name !== config.agent) return warning(label, detail, hint);
    return { name: label, verdict: "failed", detail, hint, exitCode: 4 };
  }
  return triedWith === undefined
    ? ok(label, path)
    : await versionCheck(label, path, triedWith, env);
}

/** How long a program may take to say its version. */
const versionMs = 15_000;

async function versionCheck(
  label: string,
  path: string,
  triedWith: string,
  env: Readonly<Record<string, string>>,
): Promise<Check> {
  const said = await run([path, "--version"], { cwd: "/", env, timeoutMs: versionMs });
  const version = succeeded(said) ? versionIn(said.stdout.toString()) : undefined;
  if (version === undefined) {
    const hint = `see what it says: ${path} --version`;
    return warning(label, `${path} does not say its version (tried with ${triedWith})`, hint);
  }
  const order = compareVersions(version, triedWith);
  if (order === 0) return ok(label, `${path}, version ${version}`);
  if (order > 0) return ok(label, `${path}, version ${version}; tried with ${triedWith}`);
  const fact = `${path} is version ${version}, older than ${triedWith}, which was tried`;
  return warning(label, fact, "update it; what it does not know yet is missing here");
}
