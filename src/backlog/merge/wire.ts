import { mkdir, realpath, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { type Git, gitFailed } from "../../ground/git/git.ts";
import type { Argv } from "../../ground/proc/run.ts";
import { succeeded } from "../../ground/proc/run.ts";
import { oddFile, readInTree, writeInTree } from "../../ground/tree-file.ts";
import { attributesLine, driverLine, driverName } from "./driver.ts";

export interface Wiring {
  /** The command that starts this program. */
  readonly pleach: Argv;
  /** The task file, relative to the top of the repository. */
  readonly file: string;
}

const section = `merge.${driverName}`;

/**
 * Makes the merge driver known to this repository and all its worktrees, in `.git/config` and
 * `info/attributes`, and repairs entries that name an old place or file. Nothing tracked is
 * changed.
 * @returns whether anything had to be changed
 */
export async function wireDriver(git: Git, { pleach, file }: Wiring): Promise<boolean> {
  const named = await setConfig(git, `${section}.name`, "Pleach: additive merge of task lists");
  const driven = await setConfig(git, `${section}.driver`, driverLine(pleach));
  const attributed = await editAttributes(git, [attributesLine(file)]);
  return named || driven || attributed;
}

/** Removes the entries of `wireDriver`, and nothing else. */
export async function unwireDriver(git: Git): Promise<boolean> {
  const attributed = await editAttributes(git, []);
  const known = await git.run(["config", "--local", "--get-regexp", `^merge\\.${driverName}\\.`]);
  if (!succeeded(known)) return attributed;
  await git.text(["config", "--local", "--remove-section", section]);
  return true;
}

async function setConfig(git: Git, key: string, value: string): Promise<boolean> {
  const args = ["config", "--local", "-z", "--get-all", key];
  const asked = await git.run(args);
  const absent = asked.ending.kind === "exited" && asked.ending.code === 1;
  if (!succeeded(asked) && !absent) throw gitFailed(git.cwd, args, asked);
  if (asked.stdout.toString() === `${value}\0`) return false;
  await git.text(["config", "--local", "--replace-all", key, value]);
  return true;
}

/** Replaces our lines with these; every other line stays to the byte. */
async function editAttributes(git: Git, wanted: readonly string[]): Promise<boolean> {
  const path = await git.text([
    "rev-parse",
    "--path-format=absolute",
    "--git-path",
    "info/attributes",
  ]);
  await mkdir(dirname(path), { recursive: true });
  const folder = await realpath(dirname(path));
  const found = readInTree(folder, basename(path));
  if (found.kind === "odd") throw oddFile(folder, found);
  const before = found.kind === "file" ? found.bytes.toString() : "";
  const lines = before.split(/(?<=\n)/);
  const isOurs = (line: string): boolean => line.trimEnd().endsWith(` merge=${driverName}`);
  const ours = lines.filter(isOurs).map((line) => line.trimEnd());
  if (ours.join("\n") === wanted.join("\n")) return false;
  const others = lines.filter((line) => !isOurs(line)).join("");
  const gap = others === "" || others.endsWith("\n") || wanted.length === 0 ? "" : "\n";
  const after = others + gap + wanted.map((line) => `${line}\n`).join("");
  if (after === "") await rm(path);
  else writeInTree(folder, basename(path), after, { mode: 0o644 });
  return true;
}
