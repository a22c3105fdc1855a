import type { EpochMs } from "../ground/clock.ts";
import type { AgentEvent, Usage } from "./event.ts";

/*
 * What a program writes down of its session for itself, one JSON value a line: it tells what the
 * program did when nothing else does. Its form is nobody's promise.
 */

export type RecordEvent =
  | AgentEvent
  /** A tool was called: until it has returned it runs, or waits for somebody. */
  | { readonly kind: "called"; readonly call: string; readonly words: string }
  | { readonly kind: "returned"; readonly call: string }
  /** A person broke the turn off, or said no. */
  | { readonly kind: "interrupted" };

export interface RecordLine {
  /** When the program wrote it; null where it does not say. */
  readonly at: EpochMs | null;
  readonly events: readonly RecordEvent[];
}

/**
 * Reads one session's records from their first line on, those of its sub-agents among them. It has no
 * effects and never throws; its `usage` is what the session has used in all by that line, and never falls.
 */
export interface RecordReader {
  read(line: string): RecordLine;
}

/** Of so many answers of a model the figures are kept: they are told again line by line. */
const mostKept = 64;

type Tokens = Pick<Usage, "inputTokens" | "outputTokens">;

const noTokens: Tokens = { inputTokens: 0, outputTokens: 0 };

/**
 * Adds up what a session's answers used, each once, in whatever order its own file and those of its
 * sub-agents are read.
 */
export class UsageTally {
  readonly #answers = new Map<string, Tokens>();
  #own = noTokens;
  /** What its sub-agents' answers used, and what the program's totals count beyond its own. */
  readonly #apart = { told: noTokens, counted: noTokens };
  /** Its own since the program last told a total. */
  #sinceTotal = noTokens;
  #former = { ...noTokens, costUsd: 0 };
  #costUsd: number | null = null;

  get usage(): Usage {
    const { told, counted } = this.#apart;
    return { ...plus(this.#own, most(told, counted)), costUsd: this.#costUsd };
  }

  /** What an answer used, as far as it is there: told again, only what came to it counts. */
  answer(id: string, told: Tokens, by: "itself" | "sub-agent" = "itself"): void {
    const known = this.#answers.get(id) ?? noTokens;
    this.#answers.delete(id);
    this.#answers.set(id, most(known, told));
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > mostKept && oldest !== undefined) this.#answers.delete(oldest);
    const more = beyond(known, told);
    if (by === "sub-agent") {
      this.#apart.told = plus(this.#apart.told, more);
    } else {
      this.#own = plus(this.#own, more);
      this.#sinceTotal = plus(this.#sinceTotal, more);
    }
  }

  /**
   * A total that the program keeps by itself over the session's processes, sub-agents included. One that
   * was killed may have told of answers that its total has lost: they stay counted.
   */
  total(told: Tokens & { readonly costUsd: number }): void {
    const fell = told.costUsd < this.#former.costUsd;
    const former = fell ? { ...noTokens, costUsd: 0 } : this.#former;
    const apart = beyond(this.#sinceTotal, beyond(former, told));
    this.#apart.counted = plus(this.#apart.counted, apart);
    this.#costUsd = (this.#costUsd ?? 0) + told.costUsd - former.costUsd;
    this.#former = told;
    this.#sinceTotal = noTokens;
  }
}

const combine = (one: Tokens, other: Tokens, figure: (a: number, b: number) => number): Tokens => ({
  inputTokens: figure(one.inputTokens, other.inputTokens),
  outputTokens: figure(one.outputTokens, other.outputTokens),
});
const plus = (one: Tokens, other: Tokens): Tokens => combine(one, other, (a, b) => a + b);
const most = (one: Tokens, other: Tokens): Tokens => combine(one, other, Math.max);
const beyond = (known: Tokens, told: Tokens): Tokens =>
  combine(known, told, (a, b) => Math.max(0, b - a));

/** The time a record names, or null. */
export function timeIn(said: string | undefined): EpochMs | null {
  const at = said === undefined ? Number.NaN : Date.parse(said);
  return Number.isNaN(at) ? null : at;
}
