import { asAccountId } from "../ground/ids.ts";
import type { Argv } from "../ground/proc/run.ts";
import type { Agent } from "./agent.ts";
import type { Launch, LaunchRequest } from "./launch.ts";
import { plainProfile } from "./terminal-profile.ts";

/** Placeholders that may stand anywhere inside an element of the configured argv. */
const placeholders: { readonly [name: string]: (request: LaunchRequest) => string } = {
  "{prompt}": (request) => request.prompt,
  "{prompt_file}": (request) => request.promptFile,
  "{track}": (request) => request.track,
  "{worktree}": (request) => request.worktree,
};

const placeholder = /\{(?:prompt|prompt_file|track|worktree)\}/g;

/**
 * Makes an agent of any program. Its argv is as the user wrote it, element by element, no shell. A
 * command that mentions neither `{prompt}` nor `{prompt_file}` gets the prompt on stdin.
 */
export function commandAgent(name: string, command: Argv): Agent {
  const takesPrompt = command.some((part) => /\{prompt(?:_file)?\}/.test(part));
  const launch = (request: LaunchRequest): Launch => {
    // A single pass: a placeholder inside the prompt's own text is text.
    const fill = (part: string): string =>
      part.replace(placeholder, (found) => placeholders[found]?.(request) ?? found);
    const [program, ...args] = command;
    return {
      argv: [fill(program), ...args.map(fill)],
      stdin: takesPrompt ? undefined : request.prompt,
      env: {},
    };
  };
  return {
    name,
    program: command[0],
    triedWith: undefined,
    commits: () => "agent",
    readLine: undefined,
    accountOf: () => asAccountId(name),
    converse: undefined,
    records: undefined,
    launch,
    // In a terminal its standard input is the keyboard: without a placeholder the program finds the
    // prompt by PLEACH_PROMPT_FILE, or not at all.
    terminal: plainProfile((request) => ({ ...launch(request), stdin: undefined })),
  };
}
