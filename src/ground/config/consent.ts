import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ExitCode, PleachError } from "../errors.ts";
import type { Repo } from "../git/repo.ts";
import type { ExactEnv } from "../proc/run.ts";
import { findStats } from "../stats.ts";
import { decoded, plain, plainLine } from "../text.ts";
import { readInTree } from "../tree-file.ts";
import { writeWhole } from "../whole-file.ts";
import type { Config } from "./config.ts";
import {
  openUserState,
  temporaryStateFolder,
  type UserState,
  userStateFolder,
} from "./user-files.ts";

/*
 * Configuration comes with a repository, and a repository may come from anybody: a command in it
 * runs, and a file is placed by it, only after this user has seen it. Consent is remembered for
 * exactly these items in exactly this repository, in the user's own state folder, out of the reach
 * of a cloned repository.
 */

/** A command that the configuration would run, or a place or file that it decides on. */
export interface ConfiguredItem {
  /** The key the item stands under: `land.gate`, `worktrees.copy`, … */
  readonly key: string;
  /** A shell line, an argv as a person would type it, a folder or a pattern. */
  readonly text: string;
}

export interface ConsentGround {
  readonly repo: Repo;
  readonly env: ExactEnv;
}

export interface ConsentOptions {
  /** Whether `--yes` was given: the user consents to everything that is configured. */
  readonly yes: boolean;
  /** Shows the items and asks, once; undefined when there is no person to ask. */
  readonly ask?: ((items: readonly ConfiguredItem[]) => Promise<boolean>) | undefined;
}

/**
 * Lists everything the configuration would execute or place somewhere, in the order of a track's
 * life.
 * @param included the patterns of the checkout's `.worktreeinclude`
 */
export function configuredItems(
  config: Config,
  { mainTop, included }: { readonly mainTop: string; readonly included: readonly string[] },
): readonly ConfiguredItem[] {
  const { worktrees, soft, land, agents } = config;
  return [
    ...(isBeside(worktrees.root, mainTop)
      ? []
      : [{ key: "worktrees.root", text: `${worktrees.root} (not beside the repository)` }]),
    ...included.map((text) => ({ key: includeFile, text })),
    ...worktrees.copy.map((text) => ({ key: "worktrees.copy", text })),
    ...worktrees.clone.map((text) => ({ key: "worktrees.clone", text })),
    ...worktrees.setup.map((text) => ({ key: "worktrees.setup", text })),
    ...[...agents.values()].flatMap(({ name, command }) =>
      command === undefined ? [] : [{ key: `agents.${name}.command`, text: asTyped(command) }],
    ),
    ...[...agents.values()].flatMap(({ name, command, permissions }) =>
      command === undefined && permissions === "bypass"
        ? [{ key: `agents.${name}.permissions`, text: "bypass: it may run anything" }]
        : [],
    ),
    ...soft.flatMap(({ pattern, policy }) =>
      policy.kind === "regenerate" ? [{ key: `soft."${pattern}"`, text: policy.command }] : [],
    ),
    ...land.gate.map(({ name, command }) => ({
      key: name === "gate" ? "land.gate" : `land.gate (${name})`,
      text: command,
    })),
    ...worktrees.teardown.map((text) => ({ key: "worktrees.teardown", text })),
  ];
}

/** The file that names the files to be copied into worktrees, in the syntax of .gitignore. */
export const includeFile = ".worktreeinclude";

function itemsOf({ repo: { mainTop } }: ConsentGround, config: Config): readonly ConfiguredItem[] {
  const file = readInTree(mainTop, includeFile);
  const lines = file.kind === "file" ? decoded(file.bytes).split(/\r?\n/) : [];
  const included = lines.filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return configuredItems(config, { mainTop, included });
}

/** Whether a folder stands where people expect worktrees: next to the repository, and in sight. */
function isBeside(root: string, mainTop: string): boolean {
  return dirname(root) === dirname(mainTop) && !basename(root).startsWith(".");
}

/**
 * Returns the items unchanged but safe to print; the lines of a text with several stand below the
 * key.
 */
export function consentLines(items: readonly ConfiguredItem[]): readonly string[] {
  return items.flatMap(({ key, text }) => {
    const [first = "", ...more] = plain(text).trim().split("\n");
    const name = plainLine(key);
    if (more.length === 0) return [`${name}: ${first}`];
    return [`${name}:`, ...[first, ...more].map((line) => `  | ${line}`)];
  });
}

/** Whether this user has consented to exactly these items here; an empty list needs no consent. */
export function hasConsent(ground: ConsentGround, config: Config): boolean {
  const items = itemsOf(ground, config);
  const name = consentName(ground, items);
  const folders = [userStateFolder(ground.env), temporaryStateFolder(ground.env)];
  return items.length === 0 || folders.some((folder) => isRemembered(folder, name));
}

/** Whether a consent is kept in a file that belongs to this user. */
function isRemembered(state: string, name: string): boolean {
  const found = findStats(join(state, "consent", name));
  return found?.isFile() === true && found.uid === (process.getuid?.() ?? found.uid);
}

/**
 * Remembers the consent to the configured items.
 * @returns where, undefined when there was nothing to consent to
 * @throws PleachError `home/unwritable`
 */
export function recordConsent(ground: ConsentGround, config: Config): UserState | undefined {
  const items = itemsOf(ground, config);
  if (items.length === 0) return undefined;
  const state = openUserState(ground.env);
  const folder = join(state.folder, "consent");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, consentName(ground, items));
  const remembered = JSON.stringify({ repository: ground.repo.mainTop, items }, undefined, 2);
  writeWhole(file, `${remembered}\n`);
  return state;
}

/**
 * Makes sure of the user's consent; every verb that executes configuration calls this first.
 * @returns where the consent was written down, undefined when it had been given before
 * @throws PleachError `consent/missing`, `consent/refused`, `home/unwritable` (exit 4)
 */
export async function requireConsent(
  ground: ConsentGround,
  config: Config,
  { yes, ask }: ConsentOptions,
): Promise<UserState | undefined> {
  if (hasConsent(ground, config)) return undefined;
  const items = itemsOf(ground, config);
  if (yes || (await ask?.(items)) === true) return recordConsent(ground, config);
  const lines = consentLines(items).map((line) => `  ${line}`);
  throw new PleachError({
    code: ask === undefined ? "consent/missing" : "consent/refused",
    message: `you have not consented to what this configuration does:\n${lines.join("\n")}`,
    hint: "if you trust it, run the same command with --yes",
    exitCode: ExitCode.prerequisite,
  });
}

function consentName({ repo }: ConsentGround, items: readonly ConfiguredItem[]): string {
  const content = JSON.stringify([repo.commonDir, items.map(({ key, text }) => [key, text])]);
  return createHash("sha256").update(content).digest("hex");
}

/** Writes an argv as a person would type it: quoted only where it must be. */
function asTyped(argv: readonly string[]): string {
  return argv
    .map((word) => (/^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}
