import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import picomatch from "picomatch";
import { unwireDriver, wireDriver } from "../../backlog/merge/wire.ts";
import type { Config } from "../../ground/config/config.ts";
import { recordConsent } from "../../ground/config/consent.ts";
import { configFile, loadConfig } from "../../ground/config/load.ts";
import { defaultTarget } from "../../ground/config/target.ts";
import type { Ground } from "../../ground/ground.ts";
import { findProgram } from "../../ground/proc/path.ts";
import { ciFiles, gateReads } from "../../land/guard/gate-reads.ts";
import { detectToolchains, type Toolchain, type TopFolder } from "./detect.ts";
import { knownAgents } from "./known-agents.ts";
import { initialToml } from "./toml.ts";

export interface InitOutcome {
  readonly config: Config;
  /** Whether `pleach.toml` was written just now, or was there before and is kept. */
  readonly wrote: boolean;
  /** Whether the merge driver had to be wired or repaired. */
  readonly wired: boolean;
}

/**
 * Makes a repository ready: writes a commented `pleach.toml` from what is found, unless there is
 * one, consents to the commands it wrote, and wires the merge driver. Running it again changes
 * nothing that is as it should be.
 * @throws PleachError `config/invalid`, `repo/empty`, `target/none`
 */
export async function initialise(ground: Ground): Promise<InitOutcome> {
  const former = await loadConfig(ground);
  const wrote = former.source.kind === "defaults" && (await writeConfig(ground));
  const config = wrote ? await loadConfig(ground) : former;
  if (wrote) recordConsent(ground, config);
  const { git, repo, invocation } = ground;
  const wiring = { pleach: invocation.pleach, file: config.tasks };
  const wired = await wireDriver(git.at(repo.mainTop), wiring);
  return { config, wrote, wired };
}

/** Takes the merge driver out again; `pleach.toml` and the state stay. @returns whether it was in */
export async function uninstall({ git, repo }: Ground): Promise<boolean> {
  return await unwireDriver(git.at(repo.mainTop));
}

/** @returns false when somebody else's file is there (on another branch than the target) */
async function writeConfig({ git, repo, env }: Ground): Promise<boolean> {
  const top = topFolder(repo.mainTop);
  const toolchains = detectToolchains(top);
  const text = initialToml({
    toolchains,
    guard: guardOf(top, toolchains[0]),
    agents: knownAgents.filter(({ program }) => findProgram(program, env, repo.mainTop)),
    target: await defaultTarget(git.at(repo.mainTop)),
    soft: softPaths(repo.mainTop),
  });
  try {
    writeFileSync(join(repo.mainTop, configFile), text, { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Lists the paths that decide whether work lands: the configuration, files of CI, the gate's own files. */
function guardOf(top: TopFolder, toolchain: Toolchain | undefined): readonly string[] {
  const isThere = (entry: string): boolean =>
    entry === ".github/**" ||
    top.names.some((name) => picomatch.isMatch(name, entry.split("/")[0] ?? entry));
  const lines = toolchain === undefined ? [] : [toolchain.gate, ...toolchain.setup];
  return [...ciFiles.filter(isThere), configFile, ...gateReads(lines, top.text)];
}

function topFolder(top: string): TopFolder {
  return {
    names: readdirSync(top),
    text: (name) => {
      const file = join(top, name);
      return statSync(file, { throwIfNoEntry: false })?.isFile()
        ? readFileSync(file, "utf8")
        : undefined;
    },
  };
}

/** Lists that everybody appends to merge by union; the task file has a driver of its own. */
function softPaths(top: string): Readonly<Record<string, string>> {
  const changelog = readdirSync(top).find((name) => /^changelog\.md$/i.test(name));
  return { "TASKS.md": "driver", ...(changelog === undefined ? {} : { [changelog]: "union" }) };
}
