import { ExitCode, PleachError } from "../ground/errors.ts";
import { findProgram } from "../ground/proc/path.ts";
import type { ExactEnv } from "../ground/proc/run.ts";
import type { Agent } from "./agent.ts";

/**
 * Makes sure that an agent's program is there before anything is made for it.
 * @param at the environment it will get, whose PATH counts, and the folder it starts from
 * @throws PleachError `agent/missing` (exit 4)
 */
export function requireProgram(
  { name, program }: Agent,
  at: { readonly env: ExactEnv; readonly folder: string },
): void {
  if (program === undefined || findProgram(program, at.env, at.folder) !== undefined) return;
  throw new PleachError({
    code: "agent/missing",
    message: `the program ${JSON.stringify(program)} of the agent ${name} is not on PATH`,
    hint: `install it, or change \`command\` in [agents.${name}] of pleach.toml`,
    exitCode: ExitCode.prerequisite,
  });
}
