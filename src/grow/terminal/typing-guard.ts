import type { Typing } from "./input.ts";
import type { StatusBoard } from "./program-status.ts";
import { isOn, type Modes } from "./screen/modes.ts";

/** All that decides whether something may be typed into a program's terminal now. */
export interface TypingFacts {
  readonly board: StatusBoard;
  readonly modes: Modes;
  readonly typing: Typing;
  /** What stands in its composer, as the mirror shows it. */
  readonly composer: string;
  /** What its screen asks, where it does not report it; undefined: nothing. */
  readonly asks: string | undefined;
}

/** Why nothing may be typed now: to a person, in words. */
export type Gate =
  | { readonly kind: "open" }
  | { readonly kind: "held"; readonly by: "state" | "draft"; readonly why: string };

/**
 * Whether text and Enter may be typed. Into a dialog they would be an answer, and into a person's
 * draft a part of it: so only a program that says it works or waits for a prompt is typed to, with
 * nothing in its composer, when it takes a paste as one. Pure.
 */
export function gateOf({ board, modes, typing, composer, asks }: TypingFacts): Gate {
  const held = (why: string, by: "state" | "draft" = "state"): Gate => ({ kind: "held", by, why });
  const main = board.get("");
  if (main === undefined) return held("it has not said what it is doing");
  if (main.state === "blocked") {
    return held(`it waits for an answer${main.message === "" ? "" : `: ${main.message}`}`);
  }
  if (asks !== undefined) return held(`its screen asks: ${asks}`);
  if (!isOn(modes, 2004)) return held("it takes no pasted text");
  if (typing.pasting) return held("somebody is pasting", "draft");
  if (composer !== "") return held("somebody's draft stands in its composer", "draft");
  return { kind: "open" };
}

/** For how long a person's draft is left alone after its last key. */
const draftMs = 30_000;

/** Whether a draft may be put aside now, where a program can: nobody has touched it for a while. */
export function draftMayGo({ lastKeyAt, pasting }: Typing, now: number): boolean {
  return !pasting && now - (lastKeyAt ?? Number.NEGATIVE_INFINITY) >= draftMs;
}

/** What stands before what is typed, in a frame or without one. */
const promptMark = /^[\s│|]*[❯›>$](?:\s|$)/;
/** A line that frames a composer: what is above it is none of it. */
const frame = /^\s*[─━═╭╰┌└-]{4}/;

/**
 * What stands in a composer, by the lines from the cursor upwards: from the mark of its prompt, over
 * as many lines as it takes. Empty when there is no such mark.
 */
export function composerText(upFromCursor: readonly string[]): string {
  const end = upFromCursor.findIndex((line) => promptMark.test(line) || frame.test(line));
  const first = upFromCursor[end];
  if (first === undefined || !promptMark.test(first)) return "";
  const lines = [...upFromCursor.slice(0, end), first.replace(promptMark, "")];
  return lines.toReversed().join("\n").trim();
}

/**
 * What is typed to say something: one paste and Enter, in one write. Controls leave it, since one of
 * them could end the paste.
 */
export function pasteOf(text: string): string {
  const safe = text.replace(/\r\n?/g, "\n").replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "");
  return `\x1b[200~${safe}\x1b[201~\r`;
}
