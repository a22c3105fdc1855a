import type { Errand } from "./agent.ts";
import { codexHookFlags } from "./codex-hooks.ts";
import { tomlString } from "./toml.ts";

/** What every start of Codex ends in, with a terminal or without one. Pure. */
export function codexArgs(errand: Errand, model: string | undefined): readonly string[] {
  const { session, instructions, prompt } = errand;
  return [
    ...(model === undefined ? [] : ["-m", model]),
    ...codexHookFlags(errand),
    ...["-c", `developer_instructions=${tomlString(instructions)}`],
    "--",
    ...(session.kind === "resume" ? [session.id] : []),
    prompt,
  ];
}
