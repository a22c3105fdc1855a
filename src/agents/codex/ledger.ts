import type { Utterance } from "../conversation.ts";
import type { AgentEvent } from "../event.ts";

interface Entry {
  readonly utterance: Utterance;
  /** The turn that is to take it up; null: Codex has not named a turn. */
  readonly turn: string | null;
}

/**
 * The messages to Codex, and what became of each. Codex recognises no repetition, so each message
 * is said only once here; and Codex silently forgets messages that wait for an interrupted turn.
 */
export class Ledger {
  readonly #open = new Map<string, Entry>();
  readonly #said = new Set<string>();
  readonly #ended = new Set<string>();

  /** Notes a message. @returns false when it was said already */
  say(utterance: Utterance): boolean {
    if (this.#said.has(utterance.id)) return false;
    this.#said.add(utterance.id);
    this.#open.set(utterance.id, { utterance, turn: null });
    return true;
  }

  /** The messages that no turn is to take up yet, in the order in which they were said. */
  get unsent(): readonly Utterance[] {
    return [...this.#open.values()].flatMap(({ utterance, turn }) =>
      turn === null ? [utterance] : [],
    );
  }

  /** Whether the fate of a message is open. */
  get isWaiting(): boolean {
    return this.#open.size > 0;
  }

  /** Notes that a turn will take a message up, if the turn does not end before. */
  accepted(utterance: string, turn: string): readonly AgentEvent[] {
    const entry = this.#open.get(utterance);
    if (entry === undefined) return [];
    this.#open.set(utterance, { ...entry, turn });
    if (this.isOver(turn)) return this.dropped(utterance);
    return [{ kind: "heard", utterance, how: "queued" }];
  }

  /**
   * Notes that a message stands in the thread: from here on every request to the model holds it.
   */
  taken(utterance: string): readonly AgentEvent[] {
    if (!this.#open.delete(utterance)) return [];
    return [{ kind: "heard", utterance, how: "taken" }];
  }

  /** Notes that a message has surely not arrived, and may be said again. */
  dropped(utterance: string): readonly AgentEvent[] {
    if (!this.#open.delete(utterance)) return [];
    this.#said.delete(utterance);
    return [{ kind: "heard", utterance, how: "dropped" }];
  }

  isOver(turn: string): boolean {
    return this.#ended.has(turn);
  }

  turnEnded(turn: string): readonly AgentEvent[] {
    this.#ended.add(turn);
    const left = [...this.#open].filter(([, entry]) => entry.turn === turn);
    return left.flatMap(([utterance]) => this.dropped(utterance));
  }

  /** Notes that no message still open will arrive. */
  allDropped(): readonly AgentEvent[] {
    return [...this.#open.keys()].flatMap((utterance) => this.dropped(utterance));
  }
}
