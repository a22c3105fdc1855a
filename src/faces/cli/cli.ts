import { statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { CommanderError } from "commander";
import { ExitCode, PleachError } from "../../ground/errors.ts";
import { parseFault } from "../../ground/fault.ts";
import type { Invocation } from "../../ground/ground.ts";
import type { Argv, ExactEnv } from "../../ground/proc/run.ts";
import { callerOf } from "./caller.ts";
import { declareProgram, declareVerb, wholeTree } from "./command-tree.ts";
import { reportFailure } from "./failure.ts";
import { meantVerb } from "./meant-verb.ts";
import { outerTerminal } from "./outer-terminal.ts";
import { createOutput, type Output, type Streams } from "./output.ts";
import { saidCommand } from "./said-command.ts";
import type { Context } from "./verb.ts";
import { verbs } from "./verbs.ts";

/** Everything the command line knows of the world; only main.ts makes one. */
export interface CliInput {
  readonly args: readonly string[];
  readonly version: string;
  /** Throws when the working directory has been deleted. */
  readonly cwd: () => string;
  readonly env: ExactEnv;
  readonly pleach: Argv;
  readonly streams: Streams;
  readonly interruption: Context["interruption"];
  readonly dieBy: Context["dieBy"];
}

/** Runs one command line and gives back the exit code; never throws. */
export async function runCli(input: CliInput): Promise<ExitCode> {
  const { args, env, version, streams } = input;
  const own = ownArgs(args);
  const out = createOutput(streams, { env, noColor: own.includes("--no-color") });
  const json = own.includes("--json");
  try {
    return await dispatch(input, out);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.ok;
    const failure = error instanceof CommanderError ? usage(error) : error;
    return reportFailure(failure, { out, env, json, args, version });
  }
}

async function dispatch(input: CliInput, out: Output): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.ok;
  const program = declareProgram(input.version, {
    write: (text) => out.text(text.trimEnd()),
    width: out.paper.width,
  });
  const commands = new Map(verbs.map((listed) => [declareVerb(program, listed), listed]));
  program.hook("preSubcommand", async (_, command) => {
    const listed = commands.get(command);
    if (listed === undefined) return;
    const [word] = program.args;
    if (listed.bare && word !== undefined && word !== listed.name && !word.startsWith("-")) {
      throw unknownVerb(word);
    }
    const verb = await listed.load();
    verb.declare(command);
    command.action(async () => {
      const invocation = invocationOf(input, program.opts<{ C?: string }>().C);
      const context: Context = {
        invocation,
        out,
        commandTree: async () =>
          await wholeTree(verbs, { version: input.version, write: () => undefined }),
        interruption: input.interruption,
        terminal: () => outerTerminal(input.streams, input.env),
        dieBy: input.dieBy,
      };
      // Programs call these, a merge driver for each file: nothing of ours is opened for it.
      if (listed.hidden !== true) {
        const { requireLeave } = await import("../../verbs/require-leave.ts");
        const said = saidCommand(listed.name, command);
        await requireLeave(invocation, callerOf(out), said);
      }
      exitCode = await verb.run(context, command);
    });
  });
  await program.parseAsync(conventional(input.args), { from: "user" });
  return exitCode;
}

/** `pleach help plan` is `pleach plan --help`. */
function conventional(args: readonly string[]): readonly string[] {
  return args[0] === "help" ? [...args.slice(1), "--help"] : args;
}

function ownArgs(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return end < 0 ? args : args.slice(0, end);
}

function invocationOf(input: CliInput, folder: string | undefined): Invocation {
  return {
    folder: folderOf(input, folder),
    env: input.env,
    pleach: input.pleach,
    fault: parseFault(input.env["PLEACH_FAULT"]),
  };
}

function folderOf({ cwd }: CliInput, named: string | undefined): string {
  const start = named !== undefined && isAbsolute(named) ? "/" : workingFolder(cwd);
  const folder = resolve(start, named ?? ".");
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new PleachError({
    code: "folder/none",
    message: `there is no folder ${folder}`,
    hint: "name one that exists: pleach -C <dir> …",
    exitCode: ExitCode.usage,
  });
}

function workingFolder(cwd: () => string): string {
  try {
    return cwd();
  } catch (error) {
    throw new PleachError({
      code: "folder/none",
      message: "the folder this was started in has been deleted",
      hint: "go to one that exists: cd ~",
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
}

function unknownVerb(word: string): PleachError {
  const known = verbs.filter(({ hidden }) => hidden !== true).map(({ name }) => name);
  const meant = meantVerb(word, known);
  return new PleachError({
    code: "usage/unknown-verb",
    message: `there is no verb ${JSON.stringify(word.slice(0, 60))}`,
    hint: meant === undefined ? "pleach --help lists them" : `did you mean \`pleach ${meant}\`?`,
    exitCode: ExitCode.usage,
  });
}

function noVerb(): PleachError {
  return new PleachError({
    code: "usage/no-verb",
    message: "no verb was given",
    hint: "pleach --help lists them",
    exitCode: ExitCode.usage,
  });
}

/** Commander's words as a fact and a hint: `error: FACT\n(Did you mean --json?)`. */
function usage(error: CommanderError): PleachError {
  if (error.code === "commander.help") return noVerb();
  const unknown = /^error: unknown command '(.*)'/.exec(error.message)?.[1];
  if (unknown !== undefined) return unknownVerb(unknown);
  const [fact = "", ...more] = error.message.replace(/^error: /, "").split("\n");
  const said = more.join(" ").replace(/^\((.*)\)$/, "$1");
  return new PleachError({
    code: `usage/${error.code.replace(/^commander\./, "").replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`,
    message: fact,
    hint: said === "" ? "add --help to see what the verb takes" : said.replace(/^D/, "d"),
    exitCode: ExitCode.usage,
  });
}
