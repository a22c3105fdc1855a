import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, PleachError } from "../errors.ts";
import type { Repo } from "../git/repo.ts";
import type { ExactEnv } from "../proc/run.ts";
import { plainLine } from "../text.ts";
import { writeWhole } from "../whole-file.ts";
import type { Config } from "./config.ts";
import { userStateFolder } from "./user-files.ts";

/*
 * Configuration comes with a repository, and a repository may come from anybody: a command in it
 * runs only after this user has seen it. Consent is remembered for exactly these commands in
 * exactly this repository, in the user's own state folder, out of the reach of what is cloned.
 */

/** A command that the configuration would run. */
export interface ConfiguredCommand {
  /** Where it stands: `land.gate`, `agents.aider.command`, … */
  readonly key: string;
  /** A shell line, or an argv as one would type it. */
  readonly command: string;
}

export interface ConsentGround {
  readonly repo: Repo;
  readonly env: ExactEnv;
}

export interface ConsentOptions {
  /** `--yes`: the user consents to whatever is configured. */
  readonly yes: boolean;
  /** Shows the commands and asks, once; undefined when nobody is there to be asked. */
  readonly ask?: ((commands: readonly ConfiguredCommand[]) => Promise<boolean>) | undefined;
}

/** Everything the configuration would execute, in the order of a track's life. */
export function configuredCommands(config: Config): readonly ConfiguredCommand[] {
  const { worktrees, soft, land, agents } = config;
  return [
    ...worktrees.setup.map((command) => ({ key: "worktrees.setup", command })),
    ...[...agents.values()].flatMap(({ name, command }) =>
      command === undefined ? [] : [{ key: `agents.${name}.command`, command: asTyped(command) }],
    ),
    ...[...agents.values()].flatMap(({ name, command, permissions }) =>
      command === undefined && permissions === "bypass"
        ? [{ key: `agents.${name}.permissions`, command: "bypass: it may run anything" }]
        : [],
    ),
    ...soft.flatMap(({ pattern, policy }) =>
      policy.kind === "regenerate" ? [{ key: `soft."${pattern}"`, command: policy.command }] : [],
    ),
    ...land.gate.map(({ name, command }) => ({
      key: name === "gate" ? "land.gate" : `land.gate (${name})`,
      command,
    })),
    ...worktrees.teardown.map((command) => ({ key: "worktrees.teardown", command })),
  ];
}

/** One line for each command, safe to print. */
export function consentLines(commands: readonly ConfiguredCommand[]): readonly string[] {
  return commands.map(({ key, command }) => `${plainLine(key)}: ${plainLine(command)}`);
}

/** Whether this user has consented to exactly these commands here; nothing to run needs none. */
export function hasConsent(ground: ConsentGround, config: Config): boolean {
  const commands = configuredCommands(config);
  return commands.length === 0 || existsSync(consentFile(ground, commands));
}

export function recordConsent(ground: ConsentGround, config: Config): void {
  const commands = configuredCommands(config);
  if (commands.length === 0) return;
  const file = consentFile(ground, commands);
  mkdirSync(consentFolder(ground.env), { recursive: true, mode: 0o700 });
  const remembered = JSON.stringify({ repository: ground.repo.mainTop, commands }, undefined, 2);
  writeWhole(file, `${remembered}\n`);
}

/**
 * Every verb that executes configuration calls this first.
 * @throws PleachError `consent/missing`, `consent/refused` (exit 4)
 */
export async function requireConsent(
  ground: ConsentGround,
  config: Config,
  { yes, ask }: ConsentOptions,
): Promise<void> {
  if (hasConsent(ground, config)) return;
  const commands = configuredCommands(config);
  if (yes || (await ask?.(commands)) === true) return recordConsent(ground, config);
  const lines = consentLines(commands).map((line) => `  ${line}`);
  throw new PleachError({
    code: ask === undefined ? "consent/missing" : "consent/refused",
    message: `you have not consented to the commands of this configuration:\n${lines.join("\n")}`,
    hint: "if you trust them, run the same command with --yes",
    exitCode: ExitCode.prerequisite,
  });
}

function consentFolder(env: ExactEnv): string {
  return join(userStateFolder(env), "consent");
}

function consentFile({ repo, env }: ConsentGround, commands: readonly ConfiguredCommand[]): string {
  const content = JSON.stringify([
    repo.commonDir,
    commands.map(({ key, command }) => [key, command]),
  ]);
  return join(consentFolder(env), createHash("sha256").update(content).digest("hex"));
}

/** An argv as one would type it: quoted only where it must be. */
function asTyped(argv: readonly string[]): string {
  return argv
    .map((word) => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}
