import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { Ground } from "../../src/ground/ground.ts";
import type { JournalEvent } from "../../src/ground/journal/event.ts";
import { findInside, findMarked } from "../../src/ground/proc/find.ts";
import type { ExactEnv } from "../../src/ground/proc/run.ts";
import { endWorker } from "../../src/grow/turn/end-worker.ts";
import { allTracks } from "../../src/track/track-store.ts";
import { openWorkers } from "../../src/worker/worker-store.ts";
import { testEnv } from "./env.ts";
import { compileCache, launcher } from "./places.ts";
import { gitRepo, groundOf } from "./repo.ts";

export interface Ran {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
  /** Returns everything the program has printed so far. */
  readonly said: () => string;
}

/**
 * Builds the environment of a new user: nothing is read from, or written into, the home of the
 * person who runs the tests.
 */
export function strangerEnv(home: string): ExactEnv {
  return {
    ...testEnv(),
    HOME: home,
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_STATE_HOME: join(home, "state"),
    NODE_COMPILE_CACHE: compileCache,
  };
}

/** Starts the built program. It is killed when the test is over. */
export function startProgram(cwd: string, env: ExactEnv, args: readonly string[]): Running {
  const child = spawn(process.execPath, [launcher, ...args], { cwd, env: { ...env } });
  child.stdin.end();
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    said.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said.stderr += chunk.toString();
  });
  const ended = new Promise<Ran>((resolve) => {
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal, ...said }));
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, ended, said: () => said.stdout + said.stderr };
}

/** Runs the built program to its end. */
export async function program(cwd: string, env: ExactEnv, args: readonly string[]): Promise<Ran> {
  return await startProgram(cwd, env, args).ended;
}

export interface Project {
  readonly top: string;
  readonly env: ExactEnv;
  readonly ground: Ground;
  readonly start: (args: readonly string[], env?: ExactEnv) => Running;
  readonly pleach: (...args: readonly string[]) => Promise<Ran>;
}

/**
 * Makes a repository with a user of its own; when the test is over, no process of it runs any more.
 */
export async function projectOf(files: Readonly<Record<string, string>>): Promise<Project> {
  return await projectAt(gitRepo({ "README.md": "hello\n", ...files }));
}

/** Makes a project of an existing repository. */
export async function projectAt(top: string): Promise<Project> {
  const env = strangerEnv(join(dirname(top), "home"));
  const ground = await groundOf(top, env);
  onTestFinished(async () => {
    for (const worker of openWorkers(ground.store)) await endWorker(ground, worker);
    ground.store.close();
  });
  return {
    ...{ top, env, ground },
    start: (args, more = {}) => startProgram(top, { ...env, ...more }, args),
    pleach: async (...args) => await program(top, env, args),
  };
}

/** Waits until the journal has an event, and gives it back. */
export async function until(
  { ground }: Pick<Project, "ground">,
  type: string,
  about: Readonly<Record<string, unknown>> = {},
): Promise<JournalEvent> {
  const find = () =>
    ground.store
      .events()
      .find(
        (event) =>
          event.type === type &&
          Object.entries(about).every(([key, is]) => Reflect.get(event, key) === is),
      );
  await expect.poll(find, { timeout: 30_000, interval: 25, message: type }).toBeDefined();
  return find() as JournalEvent;
}

/** Lists the states of all tracks, by their tasks' ids. */
export function states({ ground }: Pick<Project, "ground">): Readonly<Record<string, string>> {
  return Object.fromEntries(
    allTracks(ground.store).map(({ tasks, name, at }) => [
      tasks.map(({ id }) => id).join("+") || name,
      at.state,
    ]),
  );
}

/**
 * Lists the processes left of all that was started here: in these folders, or with a mark of ours.
 */
export async function leftovers({ top, ground }: Project): Promise<readonly string[]> {
  const marks = ["workers", "programs"].flatMap((table) =>
    ground.store
      .all<{ id: string }>(`SELECT id FROM ${table}`)
      .map(({ id }) => [table === "workers" ? "PLEACH_WORKER" : "PLEACH_PROGRAM", id] as const),
  );
  const looks = [findInside(dirname(top)), ...marks.map((mark) => findMarked(...mark))];
  const found = await Promise.all(looks);
  return found.flatMap((look) =>
    look.kind === "unknown"
      ? [look.why]
      : look.processes.map(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, "utf8")),
  );
}

/** Parses the lines of NDJSON. */
export function ndjson(text: string): readonly JournalEvent[] {
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as JournalEvent);
}
