import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { byteFields, onDisk } from "../../ground/git/byte-path.ts";
import { trueObjects } from "../../ground/git/settings.ts";
import type { TrackName } from "../../ground/ids.ts";
import type { ExactEnv } from "../../ground/proc/run.ts";
import { treeEnvironment } from "../../grow/worktree/environment.ts";
import { allocatePorts } from "../../grow/worktree/ports.ts";
import { copyPatterns } from "../../grow/worktree/provision.ts";
import { integrationName, programMark, type Site } from "./site.ts";

/**
 * Builds the environment of the gate: a worker's, led to the landing's own worktree, with ports of
 * its own and the landing's mark. It is the same for every track, so that the result belongs to the
 * tree alone.
 */
export async function gateEnvironment(site: Site): Promise<ExactEnv> {
  const { ground, id, config, slot } = site;
  const name = integrationName(slot.number);
  const { env, led } = treeEnvironment(ground, site.folder);
  if (led.length > 0) {
    site.progress({ kind: "note", text: `led to the tree that is tested: ${led.join(", ")}` });
  }
  const { base } = await allocatePorts(ground.store, name as TrackName, config.worktrees.ports);
  return {
    CI: "true",
    ...env,
    PLEACH_PORT: String(base),
    ...trueObjects,
    COMPOSE_PROJECT_NAME: `${composeName(ground.repo.name)}-${name.slice(1)}`,
    [programMark]: id,
  };
}

const composeName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9_-]/g, "-");

/**
 * Names everything that a result of the gate belongs to besides the tree: the gate's lines, the
 * machine, how the worktree was made ready, the files copied there, git's attributes, and the
 * environment.
 */
export async function gateKey(site: Site, env: ExactEnv): Promise<string> {
  const { config, ground } = site;
  const named = {
    steps: config.land.gate.map((step) => step.command),
    machine: [platform(), arch()],
    provision: provisioning(site),
    copied: await copiedStamp(site),
    attributes: textOf(join(ground.repo.commonDir, "info/attributes")),
    environment: deciding(env, site.folder),
  };
  return createHash("sha256").update(JSON.stringify(named)).digest("hex");
}

/** Names the settings by which a worktree is made ready. */
export function provisioning({ config }: Site): object {
  const { setup, setupInputs, copy, clone } = config.worktrees;
  return { setup, setupInputs, copy, clone };
}

/** Variables that differ from terminal to terminal and from run to run, and decide nothing. */
const passing =
  /^(?:PLEACH_.*|COMPOSE_PROJECT_NAME|TERM|TERM_.*|COLORTERM|COLUMNS|LINES|WINDOWID|DISPLAY|WAYLAND_DISPLAY|(?:SSH|GPG|DBUS|XDG_SESSION|ITERM|KITTY|WEZTERM|VSCODE|GNOME|KONSOLE|WT|ALACRITTY|GHOSTTY|INVOCATION|JOURNAL|SYSTEMD)_?.*)$/;

function deciding(env: ExactEnv, folder: string): readonly string[] {
  return Object.entries(env)
    .filter(([name]) => !passing.test(name))
    .map(([name, value]) => `${name}=${value.replaceAll(folder, "")}`)
    .toSorted();
}

/** Fingerprints the files that are copied beside the tree by their names, sizes and times. */
export async function copiedStamp(site: Site): Promise<string> {
  const { config, ground } = site;
  const { mainTop } = ground.repo;
  const lists = [
    copyPatterns(config.worktrees, mainTop),
    ...(config.worktrees.clone.length === 0
      ? []
      : [["--directory", ...config.worktrees.clone.map((pattern) => `--exclude=${pattern}`)]]),
  ].filter((patterns) => patterns.length > 0);
  const hash = createHash("sha256");
  for (const patterns of lists) {
    const list = ["ls-files", "-z", "--others", "--ignored", ...patterns];
    for (const path of await byteFields(ground.git.at(mainTop), list)) {
      const stat = statSync(onDisk(mainTop, path), { throwIfNoEntry: false });
      hash.update(`${path}\0${stat?.size}\0${stat?.mtimeMs}\0`);
    }
  }
  return hash.digest("hex");
}

const textOf = (file: string): string | null =>
  statSync(file, { throwIfNoEntry: false })?.isFile() === true
    ? readFileSync(file, "latin1")
    : null;
