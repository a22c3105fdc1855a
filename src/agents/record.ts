import type { EpochMs } from "../ground/clock.ts";
import type { AgentEvent, Usage } from "./event.ts";

/*
 * A program's own record of its session, one JSON value a line: it tells what the program did when
 * nothing else does. Nobody promises its form.
 */

export type RecordEvent =
  | AgentEvent
  /** A tool was called: until it has returned it runs, or waits for a person. */
  | { readonly kind: "called"; readonly call: string; readonly words: string }
  | { readonly kind: "returned"; readonly call: string }
  /** A person interrupted the turn, or said no. */
  | { readonly kind: "interrupted" };

export interface RecordLine {
  /** The time at which the program wrote the line; null where it does not say. */
  readonly at: EpochMs | null;
  readonly events: readonly RecordEvent[];
}

/**
 * A reader of a single session's records from their first line on, the records of its sub-agents
 * among them. It has no effects and never throws; its `usage` is the session's total use by that
 * line, and never falls.
 */
export interface RecordReader {
  read(line: string): RecordLine;
}

/** The number of a model's answers whose figures are kept: they are told again line by line. */
const mostKept = 64;

type Tokens = Pick<Usage, "inputTokens" | "outputTokens">;

const noTokens: Tokens = { inputTokens: 0, outputTokens: 0 };

/**
 * The sum of the usage of a session's answers, each counted once, in whatever order its own file
 * and the files of its sub-agents are read.
 */
export class UsageTally {
  readonly #answers = new Map<string, Tokens>();
  #own = noTokens;
  /**
   * The usage of its sub-agents' answers, and the excess of the program's totals over its own
   * answers.
   */
  readonly #apart = { told: noTokens, counted: noTokens };
  /** Its own usage since the program last told a total. */
  #sinceTotal = noTokens;
  #former = { ...noTokens, costUsd: 0 };
  #costUsd: number | null = null;

  get usage(): Usage {
    const { told, counted } = this.#apart;
    return { ...plus(this.#own, most(told, counted)), costUsd: this.#costUsd };
  }

  /**
   * Counts the usage of an answer, as far as it is there: of a repetition, only the growth counts.
   */
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
   * Counts a total that the program keeps by itself over the session's processes, sub-agents
   * included. A killed process may have told of answers that its total has lost: they stay counted.
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

/** Reads the time of a record, or null. */
export function timeIn(said: string | undefined): EpochMs | null {
  const at = said === undefined ? Number.NaN : Date.parse(said);
  return Number.isNaN(at) ? null : at;
}
