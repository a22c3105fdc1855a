import type { Typing } from "./input.ts";
import type { StatusBoard } from "./program-status.ts";
import { isOn, type Modes } from "./screen/modes.ts";

/** All facts that decide whether text may be typed into a program's terminal now. */
export interface TypingFacts {
  readonly board: StatusBoard;
  readonly modes: Modes;
  readonly typing: Typing;
  /** The text in its composer, as the mirror shows it. */
  readonly composer: string;
  /** The ask its screen shows but the program does not report; undefined: none. */
  readonly asks: string | undefined;
}

/** Whether typing is allowed now; `why` says to a person, in words, why not. */
export type Gate =
  | { readonly kind: "open" }
  | { readonly kind: "held"; readonly by: "state" | "draft"; readonly why: string };

/**
 * Decides whether text and Enter may be typed. In a dialog they would be an answer, in a person's
 * draft a part of it: so a program is typed to only if it says that it works or waits for a prompt,
 * its composer is empty, and it takes a paste as one. Pure.
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

/** Time a person's draft is left alone after its last key: 30 s. */
const draftMs = 30_000;

/** Whether a draft may be put aside now, if the program can: no key was pressed for a while. */
export function draftMayGo({ lastKeyAt, pasting }: Typing, now: number): boolean {
  return !pasting && now - (lastKeyAt ?? Number.NEGATIVE_INFINITY) >= draftMs;
}

/** The mark before typed text, in a frame or without one. */
const promptMark = /^[\s│|]*[❯›>$](?:\s|$)/;
/** A line that frames a composer: lines above it are none of the composer's. */
const frame = /^\s*[─━═╭╰┌└-]{4}/;

/**
 * Finds the text in a composer, by the lines from the cursor upwards: from the mark of its prompt,
 * over as many lines as it takes. Empty when there is no such mark.
 */
export function composerText(upFromCursor: readonly string[]): string {
  const end = upFromCursor.findIndex((line) => promptMark.test(line) || frame.test(line));
  const first = upFromCursor[end];
  if (first === undefined || !promptMark.test(first)) return "";
  const lines = [...upFromCursor.slice(0, end), first.replace(promptMark, "")];
  return lines.toReversed().join("\n").trim();
}

/**
 * Builds the keys to say a text: one paste and Enter, in one write. Control characters are removed,
 * since one of them could end the paste.
 */
export function pasteOf(text: string): string {
  const safe = text.replace(/\r\n?/g, "\n").replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "");
  return `\x1b[200~${safe}\x1b[201~\r`;
}
