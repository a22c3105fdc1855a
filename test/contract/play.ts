import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Agent } from "../../src/agents/agent.ts";
import type { StreamProtocol } from "../../src/agents/conversation.ts";
import { type AgentEvent, nothingSeen, see, type TurnSeen } from "../../src/agents/event.ts";
import type { LaunchRequest } from "../../src/agents/launch.ts";
import { asWorkerId, parseTrackName } from "../../src/ground/ids.ts";
import { instructions, type Scenario, type ScenarioName } from "./scenarios.ts";

/** The result of a scenario. */
export interface Played {
  readonly request: LaunchRequest;
  readonly events: readonly AgentEvent[];
  readonly seen: TurnSeen;
  readonly facts: Facts;
}

/** The facts besides the program's output; recorded with it. */
export interface Facts {
  /** The exit code; null when a signal ended the program. */
  readonly exit: number | null;
  /**
   * Whether the prompt, the session's instructions and the earlier conversation reached the model.
   */
  readonly reached: {
    readonly prompt: boolean;
    readonly instructions: boolean;
    readonly former: boolean;
  };
  readonly session: string;
  /** The subjects of the commits that were made. */
  readonly commits: readonly string[];
  /** The files that are there in the end. */
  readonly files: readonly string[];
}

export interface Place {
  readonly worktree: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

export function launchRequestOf(
  { says: [prompt = ""], permissions, after }: Scenario,
  session: string,
  { worktree, folder, env }: Place,
): LaunchRequest {
  return {
    track: parseTrackName("auth"),
    worker: asWorkerId("w_contract"),
    worktree,
    prompt,
    promptFile: `${worktree}/.pleach/prompt.md`,
    attempt: after === undefined ? 1 : 2,
    permissions,
    session: { kind: after === undefined ? "new" : "resume", id: session },
    instructions,
    mayRun: [],
    hookScript: join(import.meta.dirname, "../../bin/hook.sh"),
    pleach: ["pleach"],
    folder,
    env,
  };
}

/** A listener that hears a program as the supervisor does, and reacts as the scenario wants. */
export class Listener {
  readonly events: AgentEvent[] = [];
  readonly #agent: Agent;
  readonly #scenario: Scenario;
  readonly #speaker: StreamProtocol | undefined;
  #turns = 0;

  constructor(agent: Agent, request: LaunchRequest, scenario: Scenario) {
    this.#agent = agent;
    this.#scenario = scenario;
    this.#speaker = agent.converse?.(request);
  }

  /** Whether all turns have ended. */
  get isOver(): boolean {
    return this.#turns >= this.#scenario.says.length;
  }

  open(prompt: string): readonly string[] {
    return this.#speaker?.open({ id: utteranceId(prompt), text: prompt }) ?? [];
  }

  interrupt(): readonly string[] | undefined {
    return this.#speaker?.interrupt();
  }

  /** Hears a line. @returns the lines to write to the program */
  hear(line: string): readonly string[] {
    if (line.trim() === "") return [];
    const heard = this.#speaker?.hear(line) ?? {
      events: this.#agent.readLine?.(line) ?? [],
      reply: [],
    };
    this.events.push(...heard.events);
    return [...heard.reply, ...heard.events.flatMap((event) => this.#react(event))];
  }

  #react(event: AgentEvent): readonly string[] {
    const { answer, says } = this.#scenario;
    if (event.kind === "asked" && answer !== undefined) {
      return this.#speaker?.answer(event.call, answer) ?? [];
    }
    if (event.kind !== "turn-ended") return [];
    this.#turns += 1;
    const next = says[this.#turns];
    if (next === undefined || this.#speaker === undefined) return [];
    return this.#speaker.say({ id: utteranceId(next), text: next });
  }
}

/** Returns an id of its own for each text: a program ignores a message it has had before. */
function utteranceId(text: string): string {
  const hash = createHash("sha256").update(text).digest("hex");
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

export const seenIn = (events: readonly AgentEvent[]): TurnSeen => events.reduce(see, nothingSeen);

/** Lists the outcomes of its turns, in order. */
export const outcomesOf = ({ events }: Played) =>
  events.flatMap((event) => (event.kind === "turn-ended" ? [event.outcome.kind] : []));

export type Plays = (name: ScenarioName) => Promise<Played>;
