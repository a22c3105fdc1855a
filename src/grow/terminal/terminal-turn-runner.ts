import { nothingSeen, type TurnSeen } from "../../agents/event.ts";
import { findWorker, recordWorker } from "../../worker/worker-store.ts";
import { DeliveryLoop, settleMessages } from "../delivery/delivery-loop.ts";
import type { DeliveryRoad } from "../delivery/delivery-road.ts";
import { HookQueue } from "../delivery/hook-queue.ts";
import { recallMessages } from "../delivery/recall.ts";
import { endAgentTree } from "../turn/end-worker.ts";
import { aborted, awaitCause, type Turn, type TurnCause, type TurnEnd } from "../turn/turn.ts";
import type { TurnRunner } from "../turn/turn-runner.ts";
import { workerEnvironment } from "../worktree/environment.ts";
import type { OuterTerminal } from "./outer.ts";
import { quietLeft } from "./rest.ts";
import { watchScreen } from "./screen-watch.ts";
import { hearAsks } from "./terminal-asks.ts";
import { startSession, type TerminalSession } from "./terminal-session.ts";

/** Time until a text that could not be typed is offered again: 500 ms. */
const offerMs = 500;
/** Time given to a program's last words: 1 s. */
const endMs = 1_000;

/**
 * A player of all turns of a worker in one terminal: the first prompt by argv, the others typed.
 */
export class TerminalTurnRunner implements TurnRunner {
  readonly #outer: OuterTerminal | undefined;
  #standing: { readonly session: TerminalSession; readonly turn: Turn } | undefined;

  /**
   * Joins the outer terminal, if any.
   * @param outer the terminal we run in, when there is one: it becomes the agent's
   */
  constructor(outer: OuterTerminal | undefined) {
    this.#outer = outer;
  }

  async play(turn: Turn): Promise<TurnEnd> {
    const standing = this.#standing;
    if (standing !== undefined) return await this.#playOn(turn, standing.session);
    const started = await startSession(turn, this.#outer);
    if (started.kind === "failed") {
      const ending = { kind: "failed-to-start", why: started.why } as const;
      return { ending, tree: { kind: "gone" }, cause: "by-itself", seen: undefined };
    }
    const { session } = started;
    this.#standing = { session, turn };
    const carried = turn.messages.give(turn.letters).map(({ id }) => id);
    const evidence = "it stood in the prompt of a program that started";
    turn.messages.delivered(carried, { road: "prompt", evidence });
    hearAsks(turn, session);
    return await this.#stay(turn, session);
  }

  async close(): Promise<TurnEnd | undefined> {
    if (this.#standing === undefined) return undefined;
    const { session, turn } = this.#standing;
    await session.road.close();
    return await this.#end(turn, session, "said-so");
  }

  /**
   * Plays a turn in the same session: the prompt is offered until taken, as nothing may go before
   * it.
   */
  async #playOn(turn: Turn, session: TerminalSession): Promise<TurnEnd> {
    this.#standing = { session, turn };
    session.heard.begun = false;
    session.heard.hasStopped = false;
    const over = new AbortController();
    const said = this.#offer(turn, session, over.signal);
    try {
      return await this.#stay(turn, session, said);
    } finally {
      over.abort();
    }
  }

  async #offer(turn: Turn, session: TerminalSession, over: AbortSignal): Promise<void> {
    const { clock, ids } = turn.ground;
    const utterance = { id: ids.utterance(), text: turn.followUp };
    const carried = turn.messages.give(turn.letters).map(({ id }) => id);
    while (!over.aborted) {
      const said = await session.road.say(utterance, (why) => turn.messages.waits(carried, why));
      if (said.kind !== "held")
        settleMessages(turn.messages, carried, { said, roadName: "terminal" });
      // A prompt without a sign of arrival is not said again: the work is judged as it is.
      if (said.kind === "stuck") session.heard.begun = true;
      if (said.kind !== "held") return;
      await clock.sleep(offerMs, over);
    }
  }

  async #stay(turn: Turn, session: TerminalSession, said?: Promise<void>): Promise<TurnEnd> {
    const over = new AbortController();
    const agent = { child: { ended: session.pty.ended }, hooks: session.hooks };
    const rest = (said ?? Promise.resolve()).then(
      async () => await atRest(turn, session, over.signal),
    );
    void watchScreen(turn, session, over.signal);
    const { ground, messages, worker } = turn;
    const road = permitted(turn, session);
    const deliveries = new DeliveryLoop({
      ground,
      worker: worker.id,
      messages,
      road,
      roadName: "terminal",
    });
    // The turn's own prompt is said first.
    const first = Promise.race([said ?? Promise.resolve(), aborted(over.signal)]);
    const carrying = first.then(async () => await deliveries.carry(over.signal));
    const cause = await awaitCause(turn, agent, { over: rest });
    over.abort();
    await carrying;
    // Utterances that no hook has taken by now wait for the next turn.
    session.road.rest();
    await deliveries.arrived();
    await session.record?.catchUp();
    if (cause === "said-so") {
      return { ending: null, tree: { kind: "standing" }, cause, seen: tellLimit(turn, session) };
    }
    if (cause === "reported" || cause === "stopped") await session.road.close();
    return await this.#end(turn, session, cause);
  }

  async #end(turn: Turn, session: TerminalSession, cause: TurnCause): Promise<TurnEnd> {
    this.#standing = undefined;
    const { ground, worker } = turn;
    const tree = await endAgentTree(ground, worker.id, [session.pty.process]);
    const ending = await Promise.race([
      session.pty.ended,
      ground.clock.sleep(endMs).then(() => ({ kind: "cancelled" }) as const),
    ]);
    await new Promise<void>((resolve) => session.mirror.drawn(resolve));
    const named = session.profile.sessionIn(session.mirror.text().join("\n"));
    if (named !== null) {
      const at = { track: worker.track, worker: worker.id };
      recordWorker(ground, at, { type: "worker.session", sessionId: named });
    }
    if (named !== null) session.record?.follow(named);
    await session.record?.close();
    const seen = seenIn(session);
    session.close(ending);
    if (cause !== "fenced") await recall(turn);
    return { ending, tree, cause, seen };
  }
}

/** Wraps the road so that no utterance begins a turn while none may begin. */
function permitted({ refusingHold }: Turn, { road }: TerminalSession): DeliveryRoad {
  return {
    say: async (utterance, onWait) => await road.say(utterance, onWait, refusingHold),
    answer: async (ask, answer) => await road.answer(ask, answer),
    interrupt: () => road.interrupt(),
    close: async () => await road.close(),
  };
}

/**
 * Finds by the agent's own record which letters had reached it; of a lost worker, another
 * supervisor does.
 */
async function recall({ ground, track, worker, agent, messages }: Turn): Promise<void> {
  const session = findWorker(ground.store, worker.id)?.sessionId ?? null;
  const env = workerEnvironment(ground);
  const hookQueue = new HookQueue(ground, track.name);
  await recallMessages(messages, agent, { session, env, hookQueue, road: "terminal" });
}

/** Collects refused calls, and the error that ended the turn; undefined when there is neither. */
function seenIn({
  terminal,
  mirror,
  profile,
  record,
  road,
}: TerminalSession): TurnSeen | undefined {
  const { denials } = road.dialogs;
  const main = terminal.board.get("");
  if (main?.state !== "error") {
    return denials.length === 0 ? undefined : { ...nothingSeen, denials };
  }
  // The program's record says why; its screen only that something was wrong, in words.
  const outcome = record?.outcome ?? profile.readError(main.message, mirror.text().join("\n"));
  return { ...nothingSeen, denials, outcome };
}

/** Holds the account as soon as a limit shows: whether the turn is over is seen later. */
function tellLimit(turn: Turn, session: TerminalSession): TurnSeen | undefined {
  const seen = seenIn(session);
  if (seen?.outcome?.kind === "limited") turn.account.limited(seen.outcome);
  return seen;
}

/** Settles when the turn is over: its end reported, and nothing after it for a while. */
async function atRest(turn: Turn, session: TerminalSession, over: AbortSignal): Promise<void> {
  const { clock, store } = turn.ground;
  let wake = Promise.withResolvers<void>();
  session.onNews(() => wake.resolve());
  while (!over.aborted) {
    if (session.terminal.board.get("")?.state === "error") await session.record?.catchUp();
    tellLimit(turn, session);
    const { board, typing } = session.terminal;
    const scene = {
      ...{ board, lastKeyAt: typing.lastKeyAt },
      ...session.heard,
      stillSince: session.heard.screen.since,
      saidSo: findWorker(store, turn.worker.id)?.report !== null,
    };
    const left = quietLeft(scene, clock.monotonic(), turn.limits.doneAfterMs);
    if (left === 0) return;
    wake = Promise.withResolvers<void>();
    // A report of the worker's own may come while nothing else does.
    await Promise.race([wake.promise, clock.sleep(Math.min(left ?? restMs, restMs), over)]);
  }
}

const restMs = 1_000;
