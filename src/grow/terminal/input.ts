import { indexOfKey, plainKeys, unfinishedKey } from "./keys.ts";

/*
 * The input from a viewer's terminal: keys of a person, and answers of the terminal itself, in one
 * stream. Answers must not be taken for keys, and two terminals must not both answer.
 */

/**
 * The answer to an OSC 7501 query has the query's own bytes; the agent has had our answer already.
 */
const statusAnswer = /\x1b\]7501;\?(?:\x07|\x1b\\)/g;
/**
 * The beginning of such an answer, at the end of a chunk. A lone ESC is a key, `ESC ]` is one with
 * Alt.
 */
const statusAnswerBegun = /\x1b\](?:7(?:5(?:0(?:1(?:;(?:\?\x1b?)?)?)?)?)?)$/;
/** Answers to queries: device attributes, status and cursor reports, modes, strings. */
const answers =
  /\x1b\[[?>=]?[0-9;]*(?:c|n|R|\$y|t)|\x1b\[\?[0-9;]*u|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P_][^\x1b]*\x1b\\/g;
/** Reports of the terminal without a question: focus, mouse. */
const events = /\x1b\[(?:[IO]|<[0-9;]*[Mm]|M[\s\S]{3})/g;

/** Takes answers out of a viewer's input, whatever the borders of its chunks. */
export class AnswerFilter {
  #held = "";

  /**
   * Passes the input on without answers that do not count.
   * @param role `primary`: the one terminal whose answers count; those of others are dropped
   */
  pass(bytes: Uint8Array, role: "primary" | "other"): Buffer {
    let text = this.#held + Buffer.from(bytes).toString("latin1");
    this.#held = statusAnswerBegun.exec(text)?.[0] ?? "";
    text = text.slice(0, text.length - this.#held.length).replace(statusAnswer, "");
    if (role === "other") text = text.replace(answers, "");
    return Buffer.from(text, "latin1");
  }
}

/** The state of a person's typing; a hint, to be held against the screen. */
export interface Typing {
  /** Whether a key was typed since the last submit or clear. */
  readonly draft: boolean;
  /** Whether a paste has begun and not ended. */
  readonly pasting: boolean;
  /** The time of the last key, in milliseconds of the monotonic clock; null: none yet. */
  readonly lastKeyAt: number | null;
}

export const notTyping: Typing = { draft: false, pasting: false, lastKeyAt: null };

/** The keys that empty the line: submit, interrupt, clear. */
const clears = /[\r\x03\x15]/;
const pasteEdges = /\x1b\[20[01]~/g;

/** Computes the state of typing after one more chunk of a viewer. */
export function typed(former: Typing, bytes: Uint8Array, now: number): Typing {
  const told = Buffer.from(bytes).toString("latin1").replace(statusAnswer, "");
  const text = plainKeys(told.replace(answers, "").replace(events, ""));
  if (text === "") return former;
  const edges = text.match(pasteEdges);
  const pasting = edges === null ? former.pasting : edges.at(-1) === "\x1b[200~";
  const keys = text.replace(/\x1b\[200~[\s\S]*?(?:\x1b\[201~|$)/g, "p");
  const cleared = former.pasting ? -1 : lastMatch(keys, clears);
  const rest = keys.slice(cleared + 1).replace(/\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|O.)/g, "");
  const draft = /[ -~\x80-\xff]/.test(rest) || (cleared < 0 && former.draft);
  return { draft, pasting, lastKeyAt: now };
}

function lastMatch(text: string, pattern: RegExp): number {
  const all = [...text.matchAll(new RegExp(pattern, "g"))].at(-1);
  return all === undefined ? -1 : all.index + all[0].length - 1;
}

/** Whether Ctrl-Z was pressed, however the terminal reports keys. */
export const asksToSuspend = (bytes: Uint8Array): boolean =>
  indexOfKey(Buffer.from(bytes).toString("latin1"), "\x1a") >= 0;

/** Finds the detach key (Ctrl-\) in a person's input, whatever the borders of its chunks. */
export class DetachKey {
  #begun = "";

  /**
   * Finds the key in a chunk.
   * @returns its index in these bytes, 0 when it began before them; -1 when it is not there
   */
  indexIn(bytes: Uint8Array): number {
    const text = this.#begun + Buffer.from(bytes).toString("latin1");
    const index = indexOfKey(text, "\x1c");
    const earlier = this.#begun.length;
    this.#begun = unfinishedKey.exec(text)?.[0] ?? "";
    return index < 0 ? -1 : Math.max(0, index - earlier);
  }
}
