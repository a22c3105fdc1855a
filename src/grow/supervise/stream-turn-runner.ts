import type { Agent } from "../../agents/agent.ts";
import type { StreamProtocol } from "../../agents/conversation.ts";
import type { AgentEvent } from "../../agents/event.ts";
import type { Track } from "../../track/track.ts";
import { DeliveryLoop, settleMessages } from "../delivery/delivery-loop.ts";
import { StreamRoad } from "../delivery/stream-road.ts";
import type { OuterTerminal } from "../terminal/outer.ts";
import { TerminalTurnRunner } from "../terminal/terminal-turn-runner.ts";
import {
  awaitCause,
  endAgent,
  launchRequestOf,
  type RunningAgent,
  runTurn,
  startAgent,
  type Turn,
  type TurnCause,
  type TurnEnd,
} from "../turn/turn.ts";
import type { TurnRunner } from "../turn/turn-runner.ts";

/** @param outer the terminal we run in, when there is one */
export function turnRunnerOf(
  agent: Agent,
  mode: Track["mode"],
  outer: OuterTerminal | undefined,
): TurnRunner {
  if (mode === "terminal") return new TerminalTurnRunner(outer);
  const { converse } = agent;
  if (converse !== undefined)
    return new StreamTurnRunner((turn) => converse(launchRequestOf(turn)));
  return { play: runTurn, close: async () => undefined };
}

interface RunningConversation {
  readonly agent: RunningAgent;
  readonly road: StreamRoad;
  /** The last turn in it. */
  readonly turn: Turn;
  readonly isGone: () => boolean;
}

/** Several turns in one process; when that is gone, the next begins in a new one. */
class StreamTurnRunner implements TurnRunner {
  readonly #speakerFor: (turn: Turn) => StreamProtocol;
  #standing: RunningConversation | undefined;

  constructor(speakerFor: (turn: Turn) => StreamProtocol) {
    this.#speakerFor = speakerFor;
  }

  async play(turn: Turn): Promise<TurnEnd> {
    if (this.#standing?.isGone() === true) await this.close();
    const isFresh = this.#standing === undefined;
    this.#standing?.agent.stream?.nextTurn();
    const begun = this.#standing ?? (await this.#start(turn));
    if (!("agent" in begun)) return begun;
    const standing = { ...begun, turn };
    this.#standing = standing;
    const { end, isHeard } = await this.#converse(standing);
    if (isFresh || isHeard || end.cause !== "by-itself") return end;
    // The agent ended before it heard anything: a new process is told the same.
    turn.messages.takeBack(turn.letters.map(({ id }) => id));
    return await this.play(turn);
  }

  async #converse(standing: RunningConversation): Promise<{ end: TurnEnd; isHeard: boolean }> {
    const { agent, road, turn } = standing;
    const { ground, messages } = turn;
    const first = { id: ground.ids.utterance(), text: turn.prompt };
    const carried = messages.give(turn.letters, first.id).map(({ id }) => id);
    const { said, over } = road.begin(first);
    const opened = said.then((fate) => {
      settleMessages(messages, carried, { said: fate, roadName: "prompt" });
      return fate.kind === "taken";
    });
    const deliveries = new DeliveryLoop({
      ...{ ground, worker: turn.worker.id, messages, road, roadName: "stream" },
      onAnswer: () => {
        if (!road.isAsking) agent.stream?.goesOn();
      },
    });
    const done = new AbortController();
    const carrying = deliveries.carry(done.signal);
    const cause = await awaitCause(turn, agent, { over });
    done.abort();
    await carrying;
    const seen = agent.stream?.seen;
    const end: TurnEnd =
      cause === "said-so"
        ? { ending: null, tree: { kind: "standing" }, cause, seen }
        : await this.#end(standing, cause);
    messages.withdraw(cause === "said-so" ? "its turn is over" : "its agent has ended");
    await deliveries.arrived();
    return { end, isHeard: await opened };
  }

  async close(): Promise<TurnEnd | undefined> {
    const standing = this.#standing;
    if (standing === undefined) return undefined;
    await standing.road.close();
    return await this.#end(standing, "said-so");
  }

  async #start(turn: Turn): Promise<RunningConversation | TurnEnd> {
    const { clock } = turn.ground;
    let road: StreamRoad | undefined;
    const hear = (line: string): readonly AgentEvent[] => {
      const events = road?.hear(line) ?? [];
      for (const event of events) {
        if (event.kind === "asked") turn.messages.asked(event);
        else if (event.kind === "ask-closed" && event.how === "withdrawn") {
          turn.messages.withdraw("the program does not wait for it any more", event.call);
        }
      }
      return events;
    };
    const started = await startAgent(turn, hear);
    if (started.kind === "failed") return started.end;
    const { agent } = started;
    const { stdin, ended } = agent.child;
    let isGone = false;
    void ended.then(() => {
      isGone = true;
    });
    const line = {
      write: (text: string) => void stdin?.write(`${text}\n`),
      end: () => void stdin?.end(),
      ended,
    };
    road = new StreamRoad(this.#speakerFor(turn), line, clock);
    return { agent, road, turn, isGone: () => isGone };
  }

  async #end({ agent, turn }: RunningConversation, cause: TurnCause): Promise<TurnEnd> {
    this.#standing = undefined;
    try {
      return await endAgent(turn, agent, cause);
    } finally {
      agent.close();
    }
  }
}
