import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import type { ExitCode } from "../../ground/errors.ts";
import type { Invocation } from "../../ground/ground.ts";
import type { OuterTerminal } from "../../grow/terminal/outer.ts";
import type { Output } from "./output.ts";

/** The surroundings that every verb gets, whatever its options. */
export interface Context {
  readonly invocation: Invocation;
  readonly out: Output;
  /** All verbs, declared in full. */
  readonly commandTree: () => Promise<Command>;
  /**
   * A verb that can stop halfway calls this: from then on the first Ctrl-C (or SIGTERM) only aborts
   * the signal, and the verb gives back 130 itself; the second ends the program. Without it the
   * first ends it. With "its-terminal" it outlives that: a hang-up is no interruption then.
   */
  readonly interruption: (outlives?: "its-terminal") => AbortSignal;
  /** The terminal we run in, to be handed over to a program; undefined when there is none. */
  readonly terminal: () => OuterTerminal | undefined;
  /** Ends this program by a signal, as a program it stands for was ended. */
  readonly dieBy: (signal: string) => Promise<void>;
}

/** A verb, ready to be put on a commander command and run. */
export interface Verb {
  readonly declare: (command: Command) => void;
  readonly run: (context: Context, command: Command) => Promise<ExitCode>;
}

interface ArgumentSpec<Value> {
  readonly declared: Argument;
  readonly read: (value: unknown) => Value;
}

interface OptionSpec<Value> {
  readonly declared: Option;
  readonly read: (value: unknown) => Value;
}

type Values<Specs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends { read(value: unknown): infer Value }
    ? Value
    : never;
};

/** A command line and what it does. */
type Example = readonly [line: string, does: string];

interface VerbSpec<
  Arguments extends Readonly<Record<string, ArgumentSpec<unknown>>>,
  Options extends Readonly<Record<string, OptionSpec<unknown>>>,
> {
  /** In the order of the command line. */
  readonly args: Arguments;
  readonly options: Options;
  /** Said in `--help` below the options. */
  readonly details?: string;
  readonly examples: readonly Example[];
  readonly run: (
    context: Context,
    args: Values<Arguments>,
    options: Values<Options>,
  ) => Promise<ExitCode>;
}

/** Declares a verb: its arguments and options, typed by how they were declared. */
export function verb<
  const Arguments extends Readonly<Record<string, ArgumentSpec<unknown>>>,
  const Options extends Readonly<Record<string, OptionSpec<unknown>>>,
>(spec: VerbSpec<Arguments, Options>): Verb {
  return {
    declare(command) {
      for (const { declared } of Object.values(spec.args)) command.addArgument(declared);
      for (const { declared } of Object.values(spec.options)) command.addOption(declared);
      command.addHelpText("after", () => afterHelp(spec));
    },
    async run(context, command) {
      const given = command.opts();
      const args = Object.entries(spec.args).map(
        ([name, { read }], index) => [name, read(command.processedArgs[index])] as const,
      );
      const options = Object.entries(spec.options).map(
        ([name, { declared, read }]) => [name, read(given[declared.attributeName()])] as const,
      );
      return await spec.run(
        context,
        Object.fromEntries(args) as Values<Arguments>,
        Object.fromEntries(options) as Values<Options>,
      );
    },
  };
}

function afterHelp(spec: {
  readonly details?: string;
  readonly examples: readonly Example[];
}): string {
  const width = Math.max(0, ...spec.examples.map(([line]) => line.length));
  const examples = spec.examples.map(([line, does]) => `  $ ${line.padEnd(width)}  # ${does}\n`);
  const details = spec.details === undefined ? "" : `\n${spec.details.trim()}\n`;
  return `${details}${examples.length === 0 ? "" : `\nExamples:\n${examples.join("")}`}`;
}

/** An argument that must be given. */
export function required(name: string, help: string): ArgumentSpec<string> {
  return { declared: new Argument(`<${name}>`, help), read: String };
}

/** An argument that must be given, and is one of a few words. */
export function requiredChoice<const Word extends string>(
  name: string,
  help: string,
  words: readonly Word[],
): ArgumentSpec<Word> {
  const declared = new Argument(`<${name}>`, help).choices(words);
  return {
    declared,
    read: (given) => {
      const word = words.find((known) => known === given);
      if (word === undefined) throw new Error(`commander let through ${String(given)}`);
      return word;
    },
  };
}

/** An argument that may be left out. */
export function optional(name: string, help: string): ArgumentSpec<string | undefined> {
  return { declared: new Argument(`[${name}]`, help), read: maybe(String) };
}

/** Any number of arguments. */
export function many(name: string, help: string): ArgumentSpec<readonly string[]> {
  return { declared: new Argument(`[${name}...]`, help), read: list };
}

/** `--name`: true when given. For `--no-name` it is true when that was given, too. */
export function flag(flags: string, help: string): OptionSpec<boolean> {
  const declared = new Option(flags, help);
  return { declared, read: (value) => (declared.negate ? value === false : value === true) };
}

/** `--name <value>`: undefined when not given. */
export function value(flags: string, help: string): OptionSpec<string | undefined> {
  return { declared: new Option(flags, help), read: maybe(String) };
}

/** `--name <value>` that may be repeated, or has several values (`<id...>`). */
export function values(flags: string, help: string): OptionSpec<readonly string[]> {
  const declared = new Option(flags, help);
  if (!declared.variadic) {
    declared.argParser((text: string, former: unknown) => [...list(former), text]);
  }
  return { declared, read: list };
}

/** `--name [value...]`: undefined when not given, empty when given alone. */
export function maybeValues(
  flags: string,
  help: string,
): OptionSpec<readonly string[] | undefined> {
  return { declared: new Option(flags, help), read: maybe(list) };
}

/** `--name <n>`: a whole number within limits. */
export function count(
  flags: string,
  help: string,
  { min, max }: { readonly min: number; readonly max: number },
): OptionSpec<number | undefined> {
  const declared = new Option(flags, help).argParser((text: string) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`);
  });
  return { declared, read: maybe(Number) };
}

/** `--name <word>` out of a few words. */
export function choice<const Word extends string>(
  flags: string,
  help: string,
  words: readonly Word[],
): OptionSpec<Word | undefined> {
  const declared = new Option(flags, help).choices(words);
  return { declared, read: (given) => words.find((word) => word === given) };
}

/** The `--json` of verbs that read. */
export const jsonFlag = flag("--json", "print one JSON document (docs/schema)");
/** The `--yes` of verbs that execute configuration. */
export const yesFlag = flag("-y, --yes", "consent to the commands of the configuration");
/** The `--no-try` of verbs that would try the gate on the target. */
export const noTryFlag = flag("--no-try", "do not try setup and gate on the target's tip");

function maybe<Value>(read: (value: unknown) => Value): (value: unknown) => Value | undefined {
  return (value) => (value === undefined ? undefined : read(value));
}

function list(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
