import type { Agent } from "../../agents/agent.ts";
import type { EpochMs } from "../../ground/clock.ts";
import type { Config } from "../../ground/config/config.ts";
import type { Ground } from "../../ground/ground.ts";
import type { AccountId } from "../../ground/ids.ts";
import { areRivals, isLive, type Track } from "../../track/track.ts";
import { allTracks } from "../../track/track-store.ts";
import { doneAfterMs } from "../../worker/state.ts";
import type { Session, Worker } from "../../worker/worker.ts";
import { recordWorker, workersOf } from "../../worker/worker-store.ts";
import { HookQueue } from "../delivery/hook-queue.ts";
import type { MessageStore } from "../delivery/message-store-port.ts";
import { recallMessages } from "../delivery/recall.ts";
import { AccountWatch } from "../limits/account-watch.ts";
import { renderInstructions } from "../prompt/prompt.ts";
import { writePrompt } from "../prompt/prompt-files.ts";
import type { OuterTerminal } from "../terminal/outer.ts";
import type { Limits, TurnEnd } from "../turn/turn.ts";
import { refuseTurn } from "../turn/turn-permit.ts";
import type { TurnRunner } from "../turn/turn-runner.ts";
import { workerEnvironment } from "../worktree/environment.ts";
import type { TurnReason } from "./next-turn.ts";

const defaultLimits: Limits = { afterReportMs: 60_000, doneAfterMs, renewMs: 20_000 };

export interface SuperviseOptions {
  /** Aborted by SIGTERM: the agent is ended, the track waits to be started again. */
  readonly signal: AbortSignal;
  /** Where what is told to a worker waits for it. */
  readonly messages: (worker: Worker) => MessageStore;
  readonly limits?: Limits;
  /** The terminal we run in: in mode terminal it becomes the agent's. */
  readonly terminal?: OuterTerminal | undefined;
}

/** A worker with all that its supervisor needs to stay with it. */
export interface Supervision {
  /** The account whose allowance its turns use up. */
  readonly account: AccountId;
  readonly ground: Ground;
  readonly config: Config;
  readonly track: Track;
  readonly worker: Worker;
  readonly options: SuperviseOptions;
}

/** The purpose of a turn. */
interface TurnPurpose extends TurnReason {
  /** The session that knows the task already. */
  readonly session: Session | null;
}

/** Writes what the agent is to read, with what waits for it, and lets it work for a turn. */
export async function startTurn(
  supervision: Supervision & {
    readonly agent: Agent;
    readonly runner: TurnRunner;
    readonly messages: MessageStore;
  },
  { commit, missing, isTold, session, crash }: TurnPurpose,
): Promise<TurnEnd> {
  const { ground, config, track, worker, options, agent, runner, messages, account } = supervision;
  const env = workerEnvironment(ground);
  const hookQueue = new HookQueue(ground, track.name);
  const isTerminal = (worker.mode ?? track.mode) === "terminal";
  const road = isTerminal ? "terminal" : "stream";
  await recallMessages(messages, agent, { session: session?.id ?? null, env, hookQueue, road });
  const letters = messages.pending();
  const neighbours = allTracks(ground.store)
    .filter((other) => other.name !== track.name && isLive(other) && !areRivals(track, other))
    .map(({ name, footprint }) => ({ name, footprint }));
  const { prompt, followUp, promptFile } = writePrompt(ground.repo, track, {
    neighbours,
    commit,
    isTold,
    reminder: missing,
    crash,
    toldAt: session === null ? undefined : toldAt(ground, worker, session),
    letters: letters.map(({ text }) => text),
  });
  const isHeard = agent.converse !== undefined || isTerminal;
  const canAsk = track.permissions === "ask" && isHeard;
  const quiet = config.agents.get(track.agent)?.doneAfterMs;
  const usual = options.limits ?? defaultLimits;
  recordWorker(ground, { track: track.name, worker: worker.id }, { type: "worker.prompted" });
  return await runner.play({
    promptFile,
    prompt: session === null ? prompt : followUp,
    followUp,
    instructions: renderInstructions(track, { commit, asks: canAsk }),
    mayRun: config.land.gate.map(({ command }) => command),
    session:
      session === null
        ? { kind: "new", id: ground.ids.session() }
        : { kind: "resume", id: session.id },
    ...{ ground, agent, track, worker, messages, letters },
    limits: quiet === undefined ? usual : { ...usual, doneAfterMs: quiet },
    stallMs: config.watch.stallMs,
    refusingHold: async () => {
      const refused = await refuseTurn(ground, config, { worker, account });
      return refused === undefined || refused.kind === "ready" ? undefined : refused.detail;
    },
    account: new AccountWatch(ground, worker, { id: account, pace: config.holds }),
    signal: options.signal,
  });
}

/** When a session was told to begin, or to go on, by a worker before this one, and was heard since. */
function toldAt({ store }: Ground, worker: Worker, session: Session): EpochMs | undefined {
  const tellers = workersOf(store, worker.track, 0).filter(
    (one) =>
      one.id !== worker.id &&
      one.sessionId === session.id &&
      one.signals.some(({ source }) => source === "stream"),
  );
  return tellers.at(-1)?.startedAt;
}
