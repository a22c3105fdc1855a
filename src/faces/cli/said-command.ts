import type { Command } from "commander";
import type { SaidCommand } from "../../verbs/leave.ts";

/** Reads from a command line the parts that decide who may say it. */
export function saidCommand(verb: string, command: Command): SaidCommand {
  return { verb, options: givenOptions(command), named: namedTracks(command) };
}

function givenOptions(command: Command): readonly string[] {
  return command.options
    .filter((option) => command.getOptionValueSource(option.attributeName()) === "cli")
    .flatMap(({ long }) => long ?? []);
}

/** The tracks that a command line names, in whatever place its verb takes them. */
function namedTracks(command: Command): readonly string[] {
  const places = ["track", "tracks", "name"];
  const given: readonly unknown[] = command.registeredArguments.map((argument, at) =>
    places.includes(argument.name()) ? command.processedArgs[at] : undefined,
  );
  const option: unknown = command.opts<{ track?: unknown }>().track;
  return [option, ...given].flat().filter((name): name is string => typeof name === "string");
}
