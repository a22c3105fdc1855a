/**
 * Selects the commands that can stand unchanged in a rule of an agent program: no shell syntax, no
 * wildcard, no bracket, no quote.
 */
export function plainCommands(commands: readonly string[]): readonly string[] {
  return commands.filter((command) => /^[\w@%+=:./-]+(?: [\w@%+=:./-]+)*$/.test(command));
}

/** The verbs that every worker may always run, to report about itself and to write to others. */
export const ownVerbs = ["pleach done", "pleach blocked", "pleach tell", "pleach inbox"];
