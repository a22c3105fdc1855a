import { execFileSync, spawn } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launcher } from "../../bench/scene.ts";
import type { ExactEnv } from "../../src/ground/proc/run.ts";

/** The repository of a round, and all that runs in it. */
export interface Scene {
  readonly folder: string;
  readonly top: string;
  readonly env: ExactEnv;
  /** Whether everything lies on a small disk of its own, which can be filled. */
  readonly hasDisk: boolean;
  /** The acts of the round, a line each. */
  readonly story: string[];
  readonly remove: () => void;
}

const parts = join(import.meta.dirname, "parts");
const diskMegabytes = 96;
const names = ["amber", "birch", "cedar", "delta", "ember"];

export function makeScene(seed: number): Scene {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pleach-torture-")));
  const hasDisk = mounted(folder);
  const top = join(folder, "repo");
  for (const name of ["repo", "home"]) mkdirSync(join(folder, name));
  for (const name of ["agent.sh", "gate.sh"]) copyFileSync(join(parts, name), join(folder, name));
  const tasks = names.map((name) => `- [ ] Write ${name}  id:${name} touches:${name}/**`);
  writeFileSync(join(top, "TASKS.md"), `${tasks.join("\n")}\n`);
  writeFileSync(join(top, "pleach.toml"), configuration(folder));
  const env = environment(folder, seed);
  const scene = { folder, top, env, hasDisk, story: [], remove: () => remove(folder, hasDisk) };
  git(scene, "init", "--quiet", "--initial-branch=main");
  git(scene, "add", "--all");
  git(scene, "commit", "--quiet", "--message", "First");
  return scene;
}

const configuration = (folder: string): string => `agent = "small"
workers = 3
host = "headless"
[land]
gate = "sh ${folder}/gate.sh"
tries = 3
[agents.small]
command = ["sh", "${folder}/agent.sh", "{prompt_file}"]
`;

function environment(folder: string, seed: number): ExactEnv {
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: join(folder, "home"),
    TMPDIR: folder,
    XDG_CONFIG_HOME: join(folder, "home/config"),
    XDG_STATE_HOME: join(folder, "home/state"),
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_AUTHOR_NAME: "Torture",
    GIT_AUTHOR_EMAIL: "torture@example.invalid",
    GIT_COMMITTER_NAME: "Torture",
    GIT_COMMITTER_EMAIL: "torture@example.invalid",
    TORTURE: folder,
    TORTURE_SEED: String(seed),
    NODE_OPTIONS: `--require ${join(parts, "clock.cjs")}`,
  };
}

function mounted(folder: string): boolean {
  try {
    const options = ["-t", "tmpfs", "-o", `size=${diskMegabytes}m`, "tmpfs", folder];
    execFileSync("mount", options, { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

function remove(folder: string, isMounted: boolean): void {
  if (isMounted) execFileSync("umount", ["--lazy", folder], { stdio: "pipe" });
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

export function git({ top, env }: Scene, ...args: readonly string[]): string {
  const options = { cwd: top, env: { ...env }, encoding: "utf8", stdio: "pipe" } as const;
  return execFileSync("git", args, { ...options, maxBuffer: 2 ** 28 }).trimEnd();
}

/** The exit code of git for a command line that it does not understand. */
const misused = 129;

/** Runs git where git may fail; undefined when it does. A wrong command line is a fault of ours. */
export function tryGit(scene: Scene, ...args: readonly string[]): string | undefined {
  try {
    return git(scene, ...args);
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === misused) throw error;
    return undefined;
  }
}

export interface Ran {
  readonly pid: number;
  readonly isOver: () => boolean;
  readonly ended: Promise<number | string>;
  readonly said: () => string;
}

/** Starts the program. Its output is kept with the story of the round. */
export function pleach(scene: Scene, ...args: readonly string[]): Ran {
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: scene.top,
    env: { ...scene.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let said = "";
  let isOver = false;
  const hear = (chunk: Buffer): void => {
    said += chunk.toString();
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const ended = new Promise<number | string>((resolve) => {
    child.once("exit", (code, signal) => {
      isOver = true;
      scene.story.push(`    pleach ${args.join(" ")} ended: ${code ?? signal}`);
      if (code !== 0 && code !== null) scene.story.push(said.replace(/^/gm, "      | "));
      resolve(code ?? signal ?? "?");
    });
  });
  return { pid: child.pid ?? 0, isOver: () => isOver, ended, said: () => said };
}

/** Writes a line that may be of use later into a file beside the repository. */
export function keep({ folder }: Scene, file: string, line: string): void {
  appendFileSync(join(folder, file), `${line}\n`);
}

export const partOf = (name: string): string => join(parts, name);
