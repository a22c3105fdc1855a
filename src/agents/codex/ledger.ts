import type { Utterance } from "../conversation.ts";
import type { AgentEvent } from "../event.ts";

interface Entry {
  readonly utterance: Utterance;
  /** The turn that is to take it up; null: it has not said so. */
  readonly turn: string | null;
}

/**
 * What was said to Codex, and what became of it. It passes by nothing that is said twice, so each
 * thing is said once here; and what waits for a turn that is interrupted it forgets without a word.
 */
export class Ledger {
  readonly #open = new Map<string, Entry>();
  readonly #said = new Set<string>();
  readonly #ended = new Set<string>();

  /** @returns false when it was said already */
  say(utterance: Utterance): boolean {
    if (this.#said.has(utterance.id)) return false;
    this.#said.add(utterance.id);
    this.#open.set(utterance.id, { utterance, turn: null });
    return true;
  }

  /** What no turn is to take up yet, in the order in which it was said. */
  get unsent(): readonly Utterance[] {
    return [...this.#open.values()].flatMap(({ utterance, turn }) =>
      turn === null ? [utterance] : [],
    );
  }

  /** Whether the fate of something is open. */
  get isWaiting(): boolean {
    return this.#open.size > 0;
  }

  /** A turn will take it up, if it does not end before. */
  accepted(utterance: string, turn: string): readonly AgentEvent[] {
    const entry = this.#open.get(utterance);
    if (entry === undefined) return [];
    this.#open.set(utterance, { ...entry, turn });
    if (this.isOver(turn)) return this.dropped(utterance);
    return [{ kind: "heard", utterance, how: "queued" }];
  }

  /** It stands in the thread from here on: every request to the model holds it. */
  taken(utterance: string): readonly AgentEvent[] {
    if (!this.#open.delete(utterance)) return [];
    return [{ kind: "heard", utterance, how: "taken" }];
  }

  /** It has surely not arrived, and may be said again. */
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

  /** Nothing of it will arrive. */
  allDropped(): readonly AgentEvent[] {
    return [...this.#open.keys()].flatMap((utterance) => this.dropped(utterance));
  }
}
