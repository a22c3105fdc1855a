import type { AgentConfig, Config } from "../ground/config/config.ts";
import { ExitCode, PleachError } from "../ground/errors.ts";
import { nearest } from "../ground/text.ts";
import type { Agent } from "./agent.ts";
import { claude } from "./claude/claude.ts";
import { codex } from "./codex/codex.ts";
import { commandAgent } from "./command.ts";
import type { Adapter } from "./contract.ts";
import { gemini } from "./gemini/gemini.ts";
import type { Permissions } from "./launch.ts";
import { opencode } from "./opencode/opencode.ts";
import { scriptedAgent } from "./scripted/scripted.ts";

/** Every program with an adapter, in the order of preference for a default. */
export const adapters: readonly Adapter[] = [claude, codex, opencode, gemini];

/**
 * Finds the agent of a name: a `[agents.NAME]` section with a `command`, else a built-in agent.
 * @throws PleachError `agent/none`, `agent/unknown` (exit 4)
 */
export function requireAgent(config: Config, name: string | undefined): Agent {
  if (name === undefined) {
    throw new PleachError({
      code: "agent/none",
      message: `no agent is set, so nobody can do the work; known: ${adapters.map((one) => one.name).join(", ")}`,
      hint: `write into pleach.toml, the first line at its top (\`pleach init\` does, where one is on PATH):
agent = "${adapters[0]?.name ?? "NAME"}"    # or any name, for a program of your own:
[agents.${adapters[0]?.name ?? "NAME"}]
mode = "terminal"    # or: command = ["program", "{prompt_file}"]`,
      exitCode: ExitCode.prerequisite,
    });
  }
  const section = config.agents.get(name);
  if (section?.command !== undefined) return commandAgent(name, section.command);
  const found = findBuiltIn(name, section);
  if (found === undefined) throw unknownAgent(config, name, section);
  return found;
}

function findBuiltIn(name: string, section: AgentConfig | undefined): Agent | undefined {
  if (name === scriptedAgent.name) return scriptedAgent;
  return adapters.find((adapter) => adapter.name === name)?.make({ model: section?.model });
}

/** Finds who commits the work of an agent, also of an agent that is not configured any more. */
export function committerOf(
  config: Config,
  { agent, permissions }: { readonly agent: string; readonly permissions: Permissions },
): "agent" | "pleach" {
  const section = config.agents.get(agent);
  if (section?.commit !== undefined) return section.commit;
  if (section?.command !== undefined) return "agent";
  return findBuiltIn(agent, section)?.commits(permissions) ?? "agent";
}

function unknownAgent(config: Config, name: string, section: AgentConfig | undefined): PleachError {
  const builtIn = [...adapters, scriptedAgent].map((agent) => agent.name);
  const known = [...new Set([...config.agents.keys(), ...builtIn])].filter(
    (other) => other !== name,
  );
  const near = nearest(name, known);
  const meant = near === undefined ? "" : ` (did you mean ${near}?)`;
  return new PleachError({
    code: "agent/unknown",
    message:
      section === undefined
        ? `there is no agent ${JSON.stringify(name)}${meant}; known: ${known.join(", ")}`
        : `agent ${JSON.stringify(name)} has a section in pleach.toml but no command`,
    hint: `add to pleach.toml: [agents.${JSON.stringify(name)}] command = ["program", "{prompt_file}"]`,
    exitCode: ExitCode.prerequisite,
  });
}
