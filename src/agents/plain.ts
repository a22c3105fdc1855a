/**
 * The commands that can stand in a rule of an agent program as they are: no shell syntax, no
 * wildcard, no bracket, no quote.
 */
export function plainCommands(commands: readonly string[]): readonly string[] {
  return commands.filter((command) => /^[\w@%+=:./-]+(?: [\w@%+=:./-]+)*$/.test(command));
}
