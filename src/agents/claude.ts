import { claudeAccount } from "./account.ts";
import type { Agent, Errand } from "./agent.ts";
import { claudeSpeaker } from "./claude-speaker.ts";
import { readClaudeLine } from "./claude-stream.ts";

/**
 * Claude Code, headless: its session is chosen by us and resumed by its id. It is spoken with on its
 * standard input for as many turns as it takes.
 */
export function claudeAgent({ model }: { readonly model: string | undefined }): Agent {
  return {
    name: "claude",
    program: "claude",
    triedWith: "2.1.329",
    commits: () => "agent",
    readLine: readClaudeLine,
    accountOf: claudeAccount,
    launch: (errand) => ({
      argv: [
        "claude",
        "-p",
        ...["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
        errand.session.kind === "new" ? "--session-id" : "--resume",
        errand.session.id,
        ...permissionFlags(errand),
        ...(model === undefined ? [] : ["--model", model]),
        ...["--append-system-prompt", errand.instructions],
      ],
      stdin: undefined,
      // Many run at once: none of them replaces the program under the others.
      env: { DISABLE_AUTOUPDATER: "1" },
    }),
    converse: claudeSpeaker,
  };
}

/**
 * Nobody can be asked without a terminal: `ask` is `edits` here, and what is not allowed is denied
 * by the program and told by it.
 */
function permissionFlags({ permissions, mayRun }: Errand): readonly string[] {
  if (permissions === "bypass") return ["--dangerously-skip-permissions"];
  const commands = ["git *", "pleach done *", "pleach blocked *", ...mayRun.filter(isPlain)];
  const tools = commands.map((command) => `Bash(${command})`);
  return ["--permission-mode", "acceptEdits", "--allowedTools", ...tools];
}

/** Whether a command can stand in a rule as it is: no shell syntax, no wildcard, no bracket. */
const isPlain = (command: string): boolean => /^[\w@%+=:./-]+(?: [\w@%+=:./-]+)*$/.test(command);
