import type { Command, Option } from "commander";

/** The command line as a shell has to know it. */
export interface CompletionTree {
  readonly global: readonly CompletionOption[];
  readonly verbs: readonly CompletionVerb[];
}

export interface CompletionVerb {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletionOption[];
  /** Words its arguments may be, for those with a fixed set. */
  readonly words: readonly string[];
  /** Whether it takes names of tracks. */
  readonly tracks: boolean;
}

export interface CompletionOption {
  /** `-f`, undefined when it has none. */
  readonly short: string | undefined;
  readonly long: string | undefined;
  readonly help: string;
  readonly takesValue: boolean;
  readonly words: readonly string[];
}

/** Reads the tree off commander's; hidden verbs are not offered. */
export function completionTree(program: Command): CompletionTree {
  const help = program.createHelp();
  const verbs = help.visibleCommands(program).map((command) => ({
    name: command.name(),
    summary: command.description(),
    options: help.visibleOptions(command).map(completionOption),
    words: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    tracks: command.registeredArguments.some((argument) => argument.name() === "track"),
  }));
  return { global: help.visibleOptions(program).map(completionOption), verbs };
}

function completionOption(option: Option): CompletionOption {
  return {
    short: option.short,
    long: option.long,
    help: option.description,
    takesValue: option.required || option.optional,
    words: option.argChoices ?? [],
  };
}
