import { Command } from "commander";
import type { ListedVerb } from "./listed-verb.ts";

/** The program with its global options; verbs are declared on it one by one. */
export function declareProgram(
  version: string,
  { write, width }: { readonly write: (text: string) => void; readonly width: number },
): Command {
  return new Command("pleach")
    .description(
      "Grow coding agents in parallel, one git worktree each, and weave their branches into one tested main.",
    )
    .option("-C <dir>", "run as if started in <dir>")
    .option(
      "--no-color",
      "print without colours (so does NO_COLOR; FORCE_COLOR=1 wants them in a pipe)",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: write,
      writeErr: () => undefined,
      getOutHelpWidth: () => width,
    })
    .exitOverride()
    .showSuggestionAfterError(true)
    .addHelpText("after", exitCodes);
}

const exitCodes = `
Exit codes: 0 ok, 1 failed or rejected, 2 usage, 3 needs a human,
4 prerequisite missing (git, agent, consent), 70 bug, 130 interrupted
`;

/** Its name and summary only: enough for `--help`, and for finding it. */
export function declareVerb(program: Command, listed: ListedVerb): Command {
  const { name, summary, hidden, bare } = listed;
  const command = program.command(name, { hidden: hidden === true, isDefault: bare === true });
  return command.description(summary).copyInheritedSettings(program);
}

/** The whole tree with every verb loaded: for completion and the docs, not for running one. */
export async function wholeTree(
  listed: readonly ListedVerb[],
  { version, write }: { readonly version: string; readonly write: (text: string) => void },
): Promise<Command> {
  const program = declareProgram(version, { write, width: 80 });
  for (const one of listed) {
    const verb = await one.load();
    verb.declare(declareVerb(program, one));
  }
  return program;
}
