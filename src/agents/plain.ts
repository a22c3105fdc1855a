/**
 * The commands that can stand in a rule of an agent program as they are: no shell syntax, no
 * wildcard, no bracket, no quote.
 */
export function plainCommands(commands: readonly string[]): readonly string[] {
  return commands.filter((command) => /^[\w@%+=:./-]+(?: [\w@%+=:./-]+)*$/.test(command));
}

/** What a worker may always say of itself and to others: the verbs that are its own. */
export const ownVerbs = ["pleach done", "pleach blocked", "pleach tell", "pleach inbox"];
