import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Agent } from "../../src/agents/agent.ts";
import type { LaunchRequest } from "../../src/agents/launch.ts";
import { systemClock } from "../../src/ground/clock.ts";
import { asWorkerId } from "../../src/ground/ids.ts";
import { agentMark, endAgentTree } from "../../src/grow/turn/end-worker.ts";
import { type Facts, Listener, launchRequestOf, type Played, seenIn } from "../contract/play.ts";
import { instructions, type ScenarioName, scenario } from "../contract/scenarios.ts";
import { git } from "../support/repo.ts";
import { makeHome, startModel } from "./stage.ts";

/** A repository, a home and a model, in which a program plays one scenario after the other. */
export interface Theatre {
  readonly worktree: string;
  readonly folder: string;
  readonly home: string;
  readonly port: string;
  readonly env: Readonly<Record<string, string>>;
  readonly close: () => void;
}

export async function openTheatre(): Promise<Theatre> {
  // A folder for all the tests of a program, so no test's own scratch folder.
  const top = realpathSync(mkdtempSync(join(tmpdir(), "pleach-contract-")));
  const [worktree, folder, home] = [join(top, "auth"), join(top, "state"), join(top, "home")];
  for (const path of [worktree, folder, home]) mkdirSync(path);
  const { port, stop } = await startModel(folder);
  const env = makeHome(home, port) as Readonly<Record<string, string>>;
  git(worktree, "init", "--quiet", "--initial-branch=main");
  for (const [key, value] of [
    ["name", "Test"],
    ["email", "test@example.invalid"],
  ] as const) {
    git(worktree, "config", `user.${key}`, value);
  }
  git(worktree, "commit", "--quiet", "--allow-empty", "--message", "Begin");
  const close = (): void => {
    stop();
    rmSync(top, { recursive: true, force: true, maxRetries: 5 });
  };
  return { worktree, folder, home, port, env, close };
}

export interface Performance {
  readonly played: Played;
  readonly lines: readonly string[];
}

/**
 * Plays a scenario. @param former the play it goes on with, when the scenario comes after another
 */
export async function perform(
  agent: Agent,
  theatre: Theatre,
  cast: { readonly name: ScenarioName; readonly session: string; readonly former?: Played },
): Promise<Performance> {
  const played = scenario(cast.name, agent);
  const request = launchRequestOf(played, cast.session, theatre);
  const mark = asWorkerId(`w_${agent.name}_${cast.name}`);
  const listener = new Listener(agent, request, played);
  const tip = git(theatre.worktree, "rev-parse", "HEAD");
  const lines: string[] = [];
  const child = startProgram(agent, request, mark);
  try {
    const exit = await listen(child, {
      listener,
      lines,
      request,
      isInterrupted: played.interrupted,
    });
    const seen = seenIn(listener.events);
    const facts: Facts = {
      exit,
      reached: reached(theatre.folder, played.says, cast.former),
      session: seen.session ?? cast.session,
      commits: git(theatre.worktree, "log", "--format=%s", `${tip}..HEAD`)
        .split("\n")
        .filter((subject) => subject !== ""),
      files: readdirSync(theatre.worktree).filter((name) => !name.startsWith(".")),
    };
    return { played: { request, events: listener.events, seen, facts }, lines };
  } finally {
    child.kill("SIGKILL");
    await endAgentTree({ clock: systemClock }, mark);
  }
}

function startProgram(agent: Agent, request: LaunchRequest, mark: string): ChildProcess {
  const launch = agent.launch(request);
  for (const { path, text } of launch.files ?? []) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
  }
  const [program, ...args] = launch.argv;
  const child = spawn(program, args, {
    cwd: request.worktree,
    env: { ...request.env, ...launch.env, [agentMark]: mark },
    stdio: ["pipe", "pipe", "ignore"],
  });
  // The program may end before it has read everything; its ending is checked below.
  child.stdin?.on("error", () => undefined);
  if (agent.converse === undefined) child.stdin?.end(launch.stdin ?? "");
  return child;
}

interface Hearing {
  readonly listener: Listener;
  readonly lines: string[];
  readonly request: LaunchRequest;
  readonly isInterrupted: true | undefined;
}

/** Listens to a program until it ends. @returns its exit code, null when a signal ended it */
async function listen(
  child: ChildProcess,
  { listener, lines, request, isInterrupted }: Hearing,
): Promise<number | null> {
  const say = (words: readonly string[]): void => {
    for (const word of words) child.stdin?.write(`${word}\n`);
  };
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  say(listener.open(request.prompt));
  createInterface({ input: child.stdout as NonNullable<ChildProcess["stdout"]> }).on(
    "line",
    (line) => {
      lines.push(line);
      say(listener.hear(line));
      if (listener.isOver) child.stdin?.end();
    },
  );
  const over = new AbortController();
  if (isInterrupted) void interrupt(child, { listener, say, request, signal: over.signal });
  const exit = await ended;
  over.abort();
  return exit;
}

/** Interrupts a program once its command runs: by its own protocol, else by a signal. */
async function interrupt(
  child: ChildProcess,
  {
    listener,
    say,
    request,
    signal,
  }: Pick<Hearing, "listener" | "request"> & {
    readonly say: (words: readonly string[]) => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  while (!signal.aborted && !existsSync(join(request.worktree, "started"))) {
    await systemClock.sleep(50, signal);
  }
  if (signal.aborted) return;
  const words = listener.interrupt();
  if (words === undefined) child.kill("SIGINT");
  else say(words);
}

/** Finds what has come before the model, from all the requests it ever got here. */
function reached(
  folder: string,
  says: readonly string[],
  former: Played | undefined,
): Facts["reached"] {
  const requests = readFileSync(join(folder, "requests.jsonl"), "utf8").trimEnd().split("\n");
  const texts = requests.map((request) => textsIn(JSON.parse(request)));
  const last = texts.filter((request) => says.every((said) => has(request, said)));
  return {
    prompt: last.length > 0,
    instructions: last.some((request) => has(request, instructions)),
    former: former !== undefined && last.some((request) => has(request, former.request.prompt)),
  };
}

const has = (texts: readonly string[], said: string): boolean =>
  texts.some((text) => text.includes(said));

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
