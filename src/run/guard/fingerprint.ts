import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { driverName } from "../../backlog/merge/driver.ts";
import type { Git } from "../../ground/git/git.ts";
import { hooksFolder } from "../../ground/git/hooks.ts";
import { registrationsDir } from "../../ground/git/registration.ts";
import type { Ground } from "../../ground/ground.ts";
import { writeWhole } from "../../ground/whole-file.ts";
import { isPathWithin } from "../../track/branch-name.ts";
import { keepConfig } from "./kept-config.ts";

/*
 * An agent may write into `.git`: a hook or an alias left there runs later as the user, and a mark,
 * a graft or a replacement shows another tree than there is. All that git reads besides branches is
 * fingerprinted when the first worker starts; `run` and `doctor` tell the changes since. Only
 * hashes are kept: configuration may hold secrets.
 */

/**
 * Hashes of all that git would run, obey or show otherwise, by name: `config core.hookspath`,
 * `hooks/pre-commit`.
 */
export type Fingerprint = Readonly<Record<string, string>>;

const fingerprintSchema = z.record(z.string(), z.string());

/**
 * Settings that plain work with branches writes; and our own driver, which doctor sets right
 * anyway.
 */
const unremarkable = ["branch.", `merge.${driverName}.`];

/** Files below the common directory by which git takes files, objects or history for others. */
const steering = [
  "info/attributes",
  "info/exclude",
  "info/grafts",
  "objects/info/alternates",
  "shallow",
];

type Place = Pick<Ground, "git" | "repo">;

/** Takes the fingerprint of the repository as it is now. */
export async function fingerprint({ git, repo }: Place): Promise<Fingerprint> {
  const here = git.at(repo.mainTop);
  const [config, replaced, hooks] = await Promise.all([
    configHashes(here),
    here.text(["for-each-ref", "--format=%(refname) %(objectname)", "refs/replace/"]),
    hooksFolder(here),
  ]);
  const own = join(repo.commonDir, "hooks");
  return Object.fromEntries([
    ...config,
    ...replaced.split("\n").flatMap((line) => (line === "" ? [] : [pairOf(line)])),
    ...steering.flatMap((name) => steeringHash(repo.commonDir, name)),
    ...worktreeConfigs(repo.commonDir),
    ...hookHashes(own, "hooks"),
    ...(hooks === undefined || hooks === own ? [] : await hooksElsewhere(here, hooks)),
  ]);
}

/**
 * Hashes the hooks of `core.hooksPath`; those that git tracks are left out: landings change them,
 * and other edits show as such.
 */
async function hooksElsewhere(
  git: Git,
  folder: string,
): Promise<readonly (readonly [string, string])[]> {
  const hashes = hookHashes(folder, folder);
  if (hashes.length === 0 || !isPathWithin(folder, git.cwd)) return hashes;
  const tracked = await git.fields(["--literal-pathspecs", "ls-files", "-z", "--", folder]);
  const names = new Set(tracked.map((path) => join(git.cwd, path)));
  return hashes.filter(([name]) => !names.has(name));
}

function pairOf(line: string): readonly [string, string] {
  const at = line.lastIndexOf(" ");
  return [line.slice(0, at), line.slice(at + 1)];
}

/**
 * Hashes every value in git's configuration, from every file: the user's, the machine's, included
 * ones.
 */
async function configHashes(git: Git): Promise<readonly (readonly [string, string])[]> {
  const listed = await git.fields(["config", "--list", "-z", "--show-scope", "--includes"]);
  const values = new Map<string, string[]>();
  for (let at = 0; at + 1 < listed.length; at += 2) {
    const [scope, entry = ""] = [listed[at], listed[at + 1]];
    const [key = "", ...value] = entry.split("\n");
    // Values of this very call stand in no file.
    if (scope === "command" || unremarkable.some((prefix) => key.startsWith(prefix))) continue;
    const name = scope === "local" ? `config ${key}` : `${scope} config ${key}`;
    values.set(name, [...(values.get(name) ?? []), value.join("\n")]);
  }
  return [...values].map(([name, all]) => [name, hash(JSON.stringify(all))] as const);
}

/** Whether a line is our own: the exclusion of agents' files, or the backlog's merge driver. */
const isOurs = (line: string): boolean =>
  line === "/.pleach/" || line.trimEnd().endsWith(` merge=${driverName}`);

function steeringHash(commonDir: string, name: string): readonly (readonly [string, string])[] {
  const file = join(commonDir, name);
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (!stat.isFile()) return [[name, "no file"]];
  const lines = readFileSync(file, "latin1").split("\n");
  const kept = lines.filter((line) => line !== "" && !line.startsWith("#") && !isOurs(line));
  return kept.length === 0 ? [] : [[name, hash(kept.join("\n"))]];
}

/**
 * Hashes the configuration of single worktrees, which git copies from the worktree where another is
 * made.
 */
function worktreeConfigs(commonDir: string): readonly (readonly [string, string])[] {
  const common = contentOf(join(commonDir, "config.worktree"));
  const folder = registrationsDir(commonDir);
  const ids = statSync(folder, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(folder);
  return ids.flatMap((id) => {
    const content = contentOf(join(folder, id, "config.worktree"));
    return content === "" || content === common
      ? []
      : [[`worktrees/${id}/config.worktree`, hash(content)] as const];
  });
}

const contentOf = (file: string): string =>
  statSync(file, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(file, "latin1") : "";

/** Remembers the fingerprint; called when workers start and none is running. */
export async function rememberFingerprint(ground: Place): Promise<void> {
  const file = fingerprintFile(ground);
  const text = `${JSON.stringify(await fingerprint(ground), undefined, 2)}\n`;
  writeWhole(file, text);
  keepConfig(ground);
}

/**
 * Lists the differences from the remembered fingerprint; empty when there are none, or none was
 * remembered.
 */
export async function fingerprintChanges(ground: Place): Promise<readonly string[]> {
  const former = remembered(ground);
  return former === undefined ? [] : changedNames(former, await fingerprint(ground));
}

/** Lists the names whose value was added, removed or changed, sorted. */
export function changedNames(before: Fingerprint, after: Fingerprint): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]).sort();
}

function remembered(ground: Place): Fingerprint | undefined {
  const file = fingerprintFile(ground);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return undefined;
  try {
    return fingerprintSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    // Not as we wrote it: then everything is reported as changed, which it may be.
    return {};
  }
}

const fingerprintFile = ({ repo }: Place): string => join(repo.stateDir, "fingerprint.json");

function hookHashes(folder: string, shown: string): readonly (readonly [string, string])[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.name.endsWith(".sample"))
    .map((entry) => [`${shown}/${entry.name}`, fileHash(join(folder, entry.name))]);
}

function fileHash(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return "dangling";
  if (!stat.isFile()) return "no file";
  return hash(`${stat.mode & 0o111}\0${readFileSync(file, "latin1")}`);
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
