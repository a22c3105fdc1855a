import type { Agent } from "../../agents/agent.ts";
import type { ReadLine, TurnSeen } from "../../agents/event.ts";
import { fitting } from "../../agents/fitting.ts";
import type { LaunchRequest } from "../../agents/launch.ts";
import type { Ground } from "../../ground/ground.ts";
import { type Child, startChild } from "../../ground/proc/child.ts";
import { withInherited } from "../../ground/proc/inherited-mark.ts";
import type { Ending, ExactEnv } from "../../ground/proc/run.ts";
import type { Track } from "../../track/track.ts";
import { trackFiles } from "../../track/track-files.ts";
import type { Worker } from "../../worker/worker.ts";
import { recordWorker, renewWorker } from "../../worker/worker-store.ts";
import type { MessageStore, PendingMessage } from "../delivery/message-store-port.ts";
import type { AccountWatch } from "../limits/account-watch.ts";
import { writeLaunchFiles } from "../prompt/launch-files.ts";
import { AgentStream } from "../signals/agent-stream.ts";
import { type HookReader, hookScript, prepareHooks } from "../signals/hook-reader.ts";
import { openSignalReaders } from "../signals/signal-readers.ts";
import { Transcript } from "../signals/transcript.ts";
import { trackVariables, workerEnvironment } from "../worktree/environment.ts";
import { findPorts } from "../worktree/ports.ts";
import { agentMark, endAgentTree, interruptAgent, type WorkerEnd } from "./end-worker.ts";

export interface Turn {
  readonly ground: Ground;
  readonly agent: Agent;
  readonly track: Track;
  readonly worker: Worker;
  readonly prompt: string;
  /** The text said instead to a session that knows the task. */
  readonly followUp: string;
  readonly promptFile: string;
  readonly instructions: string;
  readonly mayRun: readonly string[];
  readonly session: LaunchRequest["session"];
  readonly account: AccountWatch;
  readonly messages: MessageStore;
  /** The messages whose text stands in the prompt. */
  readonly letters: readonly PendingMessage[];
  readonly limits: Limits;
  /** Time without progress after which a person is asked to look; null: never. */
  readonly stallMs: number | null;
  /**
   * Says why no further turn may begin now (account held, budget used up); undefined when it may.
   */
  readonly refusingHold: () => Promise<string | undefined>;
  /** Aborted when the supervisor itself is asked to end. */
  readonly signal: AbortSignal;
}

/** How long the supervisor waits in each situation, in milliseconds. */
export interface Limits {
  /** From a report until an agent that has not ended by itself is ended. */
  readonly afterReportMs: number;
  /** How long a terminal must stay quiet before the end of its turn counts. */
  readonly doneAfterMs: number;
  /** Between two renewals of the worker's lease; the lease lasts three of these. */
  readonly renewMs: number;
}

export interface TurnEnd {
  /** The way the program ended; null when it goes on listening. */
  readonly ending: Ending | null;
  /** Whether the program's whole process tree is proven gone. */
  readonly tree: WorkerEnd | { readonly kind: "standing" };
  readonly cause: TurnCause;
  /** The facts the program told of itself; undefined for a program whose output is text. */
  readonly seen: TurnSeen | undefined;
}

/** Why a turn is over. `fenced`: another process declared the worker over meanwhile. */
export type TurnCause = "by-itself" | "said-so" | "reported" | "stopped" | "fenced";

/** Starts the agent once, stays until it has ended or has to, and ends all that it left running. */
export async function runTurn(turn: Turn): Promise<TurnEnd> {
  const started = await startAgent(turn, turn.agent.readLine);
  if (started.kind === "failed") return started.end;
  const { agent } = started;
  const carried = turn.messages.give(turn.letters).map(({ id }) => id);
  const evidence = "it stood in the prompt of a program that started";
  turn.messages.delivered(carried, { road: "prompt", evidence });
  try {
    const cause = await awaitCause(turn, agent, { finalWord: agent.stream?.over });
    return await endAgent(turn, agent, cause);
  } finally {
    agent.close();
  }
}

/** An agent's process, and its listeners. */
export interface RunningAgent {
  readonly child: Child;
  readonly stream: AgentStream | undefined;
  readonly hooks: HookReader;
  readonly close: () => void;
}

type StartedAgent =
  | { readonly kind: "started"; readonly agent: RunningAgent }
  | { readonly kind: "failed"; readonly end: TurnEnd };

/** Time a program has for its first event, 60 s: a program says at once that it has begun. */
const firstWordMs = 60_000;

/**
 * Starts an agent's process and opens the readers of its signals.
 * @param readLine undefined when the agent's output is text
 */
export async function startAgent(
  turn: Turn,
  readLine: ReadLine | undefined,
): Promise<StartedAgent> {
  const { ground, track, worker } = turn;
  const request = launchRequestOf(turn);
  prepareHooks(ground, track.name);
  const launch = fitting(turn.agent.launch, request);
  writeLaunchFiles(launch, track.worktree);
  const transcript = new Transcript(trackFiles(ground.repo.stateDir, track.name), ground.clock);
  const at = { cwd: track.worktree, env: { ...request.env, ...launch.env } };
  const start = await startChild(await withInherited(worker.id, launch.argv, at), {
    ...at,
    output: "pipe",
    listens: turn.agent.converse !== undefined,
    ...(launch.stdin === undefined ? {} : { input: launch.stdin }),
  });
  if (start.kind === "failed-to-start") {
    transcript.note({ kind: "ended", how: start.why });
    transcript.close();
    const cause: TurnCause = "by-itself";
    const tree: WorkerEnd = { kind: "gone" };
    return { kind: "failed", end: { ending: start, tree, cause, seen: undefined } };
  }
  const { child } = start;
  transcript.note({ kind: "started", program: launch.argv[0], attempt: worker.attempt });
  const readers = openSignalReaders(turn);
  const stream =
    readLine === undefined
      ? undefined
      : new AgentStream({
          ...{ ground, worker, readLine, transcript, readers, account: turn.account },
          firstWordMs: turn.stallMs === null ? null : Math.min(firstWordMs, turn.stallMs),
        });
  child.stdout?.on("data", (chunk: Buffer) =>
    stream === undefined ? transcript.take("stdout", chunk) : stream.take(chunk),
  );
  child.stderr?.on("data", (chunk: Buffer) => transcript.take("stderr", chunk));
  recordWorker(ground, placeOf(turn), { type: "worker.started", agentProcess: child.process });
  const close = (): void => {
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
    readers.close();
    transcript.close();
  };
  return { kind: "started", agent: { child, stream, hooks: readers.hooks, close } };
}

export function launchRequestOf(turn: Turn): LaunchRequest {
  const { ground, track, worker } = turn;
  return {
    track: track.name,
    worker: worker.id,
    worktree: track.worktree,
    prompt: turn.prompt,
    promptFile: turn.promptFile,
    attempt: worker.attempt,
    permissions: track.permissions,
    session: turn.session,
    instructions: turn.instructions,
    mayRun: turn.mayRun,
    hookScript: hookScript(ground),
    pleach: ground.invocation.pleach,
    folder: trackFiles(ground.repo.stateDir, track.name).folder,
    env: agentEnvironment(turn),
  };
}

/** Builds the exact environment of an agent: the user's, the track's, and its marks. */
export function agentEnvironment({ ground, track, worker, promptFile }: Turn): ExactEnv {
  return {
    ...workerEnvironment(ground, track.worktree),
    ...trackVariables(track, ground.repo.name, findPorts(ground.store, track.name)),
    PLEACH_PROMPT_FILE: promptFile,
    PLEACH_ATTEMPT: String(worker.attempt),
    [agentMark]: worker.id,
  };
}

const placeOf = ({ track, worker }: Turn) => ({ track: track.name, worker: worker.id });

/**
 * Waits up to 1 s for output still under way: with the program gone, no process holds the stream.
 */
async function lastWords({ ground }: Turn, { stdout }: Child): Promise<void> {
  if (stdout === null || stdout.readableEnded) return;
  const ended = new Promise<void>((resolve) => stdout.once("end", resolve));
  await Promise.race([ended, ground.clock.sleep(1_000)]);
}

interface Signs {
  /** The agent's final word, after which it ends by itself. */
  readonly finalWord?: Promise<void> | undefined;
  /** The end of the turn of a program that goes on listening. */
  readonly over?: Promise<void>;
}

/**
 * Waits until the turn is over, or the agent has ended or has to: after its report or its final
 * word the agent gets a while to end by itself.
 */
export async function awaitCause(
  turn: Turn,
  { child, hooks }: { readonly child: Pick<Child, "ended"> } & Pick<RunningAgent, "hooks">,
  { finalWord, over: turnOver }: Signs,
): Promise<TurnCause> {
  const { ground, limits, signal } = turn;
  const over = new AbortController();
  const cause = await Promise.race([
    child.ended.then((): TurnCause => "by-itself"),
    ...(turnOver === undefined ? [] : [turnOver.then((): TurnCause => "said-so")]),
    aborted(signal).then((): TurnCause => "stopped"),
    renewLease(turn, over.signal).then((): TurnCause => "fenced"),
    Promise.race([
      hooks.reported(over.signal),
      ...(finalWord === undefined ? [] : [finalWord]),
    ]).then(async (): Promise<TurnCause> => {
      await ground.clock.sleep(limits.afterReportMs, over.signal);
      return "reported";
    }),
  ]);
  over.abort();
  return cause;
}

/** Ends all that is left of an agent, and reads its last output. */
export async function endAgent(
  turn: Turn,
  { child, stream }: RunningAgent,
  cause: TurnCause,
): Promise<TurnEnd> {
  const { ground, worker } = turn;
  if (cause === "stopped") await interruptAgent(ground, child.process);
  const tree = await endAgentTree(ground, worker.id, [child.process]);
  const ending = await Promise.race([
    child.ended,
    ground.clock.sleep(1_000).then((): Ending => ({ kind: "cancelled" })),
  ]);
  await lastWords(turn, child);
  stream?.close();
  return { ending, tree, cause, seen: stream?.seen };
}

/** Settles when a signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/**
 * Renews the worker's lease again and again; settles when the lease may not be renewed any more.
 */
async function renewLease(turn: Turn, over: AbortSignal): Promise<void> {
  const { ground, worker, limits } = turn;
  while (renewWorker(ground.store, worker.id, ground.clock.now() + 3 * limits.renewMs)) {
    await ground.clock.sleep(limits.renewMs, over);
    if (over.aborted) return;
  }
}
