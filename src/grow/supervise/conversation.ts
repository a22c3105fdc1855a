import type { Agent } from "../../agents/agent.ts";
import type { StreamProtocol } from "../../agents/conversation.ts";
import type { AgentEvent } from "../../agents/event.ts";
import type { Track } from "../../track/track.ts";
import { Courier, settleLetters } from "../delivery/courier.ts";
import { StreamVoice } from "../delivery/stream-voice.ts";
import type { OuterTerminal } from "../terminal/outer.ts";
import { TerminalPlayer } from "../terminal/terminal-player.ts";
import type { Player } from "../turn/player.ts";
import {
  awaitCause,
  endAgent,
  errandOf,
  playTurn,
  type RunningAgent,
  startAgent,
  type Turn,
  type TurnCause,
  type TurnEnd,
} from "../turn/turn.ts";

/** @param outer the terminal we run in, when there is one */
export function playerOf(
  agent: Agent,
  mode: Track["mode"],
  outer: OuterTerminal | undefined,
): Player {
  if (mode === "terminal") return new TerminalPlayer(outer);
  const { converse } = agent;
  if (converse !== undefined) return new Conversation((turn) => converse(errandOf(turn)));
  return { play: playTurn, close: async () => undefined };
}

interface Standing {
  readonly agent: RunningAgent;
  readonly voice: StreamVoice;
  /** The last turn in it. */
  readonly turn: Turn;
  readonly isGone: () => boolean;
}

/** Several turns in one process; when that is gone, the next begins in a new one. */
class Conversation implements Player {
  readonly #speakerFor: (turn: Turn) => StreamProtocol;
  #standing: Standing | undefined;

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
    // It ended before it heard anything: a new process is told the same.
    turn.post.takeBack(turn.letters.map(({ id }) => id));
    return await this.play(turn);
  }

  async #converse(standing: Standing): Promise<{ end: TurnEnd; isHeard: boolean }> {
    const { agent, voice, turn } = standing;
    const { ground, post } = turn;
    const first = { id: ground.ids.utterance(), text: turn.prompt };
    const carried = post.give(turn.letters, first.id).map(({ id }) => id);
    const { said, over } = voice.begin(first);
    const opened = said.then((fate) => {
      settleLetters(post, carried, { said: fate, road: "prompt" });
      return fate.kind === "taken";
    });
    const courier = new Courier({
      ...{ ground, worker: turn.worker.id, post, voice, road: "stream" },
      onAnswer: () => {
        if (!voice.isAsking) agent.stream?.goesOn();
      },
    });
    const done = new AbortController();
    const carrying = courier.carry(done.signal);
    const cause = await awaitCause(turn, agent, { over });
    done.abort();
    await carrying;
    const seen = agent.stream?.seen;
    const end: TurnEnd =
      cause === "said-so"
        ? { ending: null, tree: { kind: "standing" }, cause, seen }
        : await this.#end(standing, cause);
    post.withdraw(cause === "said-so" ? "its turn is over" : "its agent has ended");
    await courier.arrived();
    return { end, isHeard: await opened };
  }

  async close(): Promise<TurnEnd | undefined> {
    const standing = this.#standing;
    if (standing === undefined) return undefined;
    await standing.voice.close();
    return await this.#end(standing, "said-so");
  }

  async #start(turn: Turn): Promise<Standing | TurnEnd> {
    const { clock } = turn.ground;
    let voice: StreamVoice | undefined;
    const hear = (line: string): readonly AgentEvent[] => {
      const events = voice?.hear(line) ?? [];
      for (const event of events) {
        if (event.kind === "asked") turn.post.asked(event);
        else if (event.kind === "ask-closed" && event.how === "withdrawn") {
          turn.post.withdraw("the program does not wait for it any more", event.call);
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
    voice = new StreamVoice(this.#speakerFor(turn), line, clock);
    return { agent, voice, turn, isGone: () => isGone };
  }

  async #end({ agent, turn }: Standing, cause: TurnCause): Promise<TurnEnd> {
    this.#standing = undefined;
    try {
      return await endAgent(turn, agent, cause);
    } finally {
      agent.close();
    }
  }
}
