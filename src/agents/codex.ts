import { codexAccount } from "./account.ts";
import type { Agent } from "./agent.ts";
import { readCodexLine } from "./codex-stream.ts";

/**
 * Codex, headless: one process a turn, its thread resumed by the id it gave. In its sandbox the
 * repository's git folder is read-only, so there the supervisor commits.
 */
export function codexAgent({ model }: { readonly model: string | undefined }): Agent {
  return {
    name: "codex",
    program: "codex",
    triedWith: "0.169.0",
    commits: (permissions) => (permissions === "bypass" ? "agent" : "pleach"),
    readLine: readCodexLine,
    accountOf: codexAccount,
    converse: undefined,
    launch: ({ session, permissions, instructions, prompt }) => ({
      argv: [
        "codex",
        "exec",
        ...(session.kind === "resume" ? ["resume"] : []),
        "--json",
        // As a setting: `resume` has no `--sandbox` of its own.
        ...(permissions === "bypass"
          ? ["--dangerously-bypass-approvals-and-sandbox"]
          : ["-c", 'sandbox_mode="workspace-write"']),
        ...(model === undefined ? [] : ["-m", model]),
        ...["-c", `developer_instructions=${tomlString(instructions)}`],
        "--",
        ...(session.kind === "resume" ? [session.id] : []),
        prompt,
      ],
      stdin: undefined,
      env: {},
    }),
  };
}

/** A basic string of TOML; JSON's escapes are a part of its own, but for DEL. */
const tomlString = (text: string): string => JSON.stringify(text).replaceAll("\x7f", "\\u007f");
