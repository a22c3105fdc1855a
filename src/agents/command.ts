import { asAccountId } from "../ground/ids.ts";
import type { Argv } from "../ground/proc/run.ts";
import type { Agent } from "./agent.ts";
import type { Errand, Launch } from "./launch.ts";
import { plainManners } from "./manners.ts";

/** Placeholders that may stand anywhere inside an element of the configured argv. */
const placeholders: { readonly [name: string]: (errand: Errand) => string } = {
  "{prompt}": (errand) => errand.prompt,
  "{prompt_file}": (errand) => errand.promptFile,
  "{track}": (errand) => errand.track,
  "{worktree}": (errand) => errand.worktree,
};

const placeholder = /\{(?:prompt|prompt_file|track|worktree)\}/g;

/**
 * Any program as an agent. Its argv is what the user wrote, element by element, no shell. A command
 * that mentions neither `{prompt}` nor `{prompt_file}` gets the prompt on stdin.
 */
export function commandAgent(name: string, command: Argv): Agent {
  const takesPrompt = command.some((part) => /\{prompt(?:_file)?\}/.test(part));
  const launch = (errand: Errand): Launch => {
    // One pass: a placeholder inside the prompt's own text is text.
    const fill = (part: string): string =>
      part.replace(placeholder, (found) => placeholders[found]?.(errand) ?? found);
    const [program, ...args] = command;
    return {
      argv: [fill(program), ...args.map(fill)],
      stdin: takesPrompt ? undefined : errand.prompt,
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
    // Its standard input is its keyboard there: without a placeholder it finds the prompt by
    // PLEACH_PROMPT_FILE, or not at all.
    terminal: plainManners((errand) => ({ ...launch(errand), stdin: undefined })),
  };
}
