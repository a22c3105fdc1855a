import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { driverName } from "../../backlog/driver.ts";
import type { Ground } from "../../ground/ground.ts";
import { writeWhole } from "../../ground/whole-file.ts";

/*
 * An agent may write into `.git`: a hook or an alias left there runs later as the user. The
 * repository's configuration and hooks are fingerprinted when the first worker starts; `run` and
 * `doctor` say what has changed since. Only hashes are kept: configuration may hold secrets.
 */

/** What could be run or redirected by git, by name: `config core.hooksPath`, `hooks/pre-commit`. */
export type Fingerprint = Readonly<Record<string, string>>;

const fingerprintSchema = z.record(z.string(), z.string());

/** What plain work with branches writes; and our own driver, which doctor sets right anyway. */
const unremarkable = ["branch.", `merge.${driverName}.`];

type Place = Pick<Ground, "git" | "repo">;

/** The fingerprint of the repository as it is now. */
export async function fingerprint({ git, repo }: Place): Promise<Fingerprint> {
  const listed = await git.at(repo.mainTop).fields(["config", "--local", "--list", "-z"]);
  const values = new Map<string, string[]>();
  for (const entry of listed) {
    const [key = "", ...value] = entry.split("\n");
    if (unremarkable.some((prefix) => key.startsWith(prefix))) continue;
    values.set(`config ${key}`, [...(values.get(`config ${key}`) ?? []), value.join("\n")]);
  }
  const config = [...values].map(([key, all]) => [key, hash(JSON.stringify(all))] as const);
  return Object.fromEntries([...config, ...hookHashes(join(repo.commonDir, "hooks"))]);
}

/** Remembers the fingerprint; called when workers start and none is running. */
export async function rememberFingerprint(ground: Place): Promise<void> {
  const file = fingerprintFile(ground);
  const text = `${JSON.stringify(await fingerprint(ground), undefined, 2)}\n`;
  writeWhole(file, text);
}

/** What differs from the remembered fingerprint; empty when nothing does, or none was remembered. */
export async function fingerprintChanges(ground: Place): Promise<readonly string[]> {
  const former = remembered(ground);
  return former === undefined ? [] : changedNames(former, await fingerprint(ground));
}

/** The names whose value was added, removed or changed, sorted. */
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

function hookHashes(folder: string): readonly (readonly [string, string])[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.name.endsWith(".sample"))
    .map((entry) => [`hooks/${entry.name}`, fileHash(join(folder, entry.name))]);
}

function fileHash(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return "dangling";
  if (!stat.isFile()) return "no file";
  return hash(`${stat.mode & 0o111}\0${readFileSync(file, "latin1")}`);
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
