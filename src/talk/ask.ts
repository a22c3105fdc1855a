import type { Answer } from "../agents/conversation.ts";
import type { AgentAsk } from "../agents/event.ts";
import type { EpochMs } from "../ground/clock.ts";
import { assertNever, ExitCode, PleachError } from "../ground/errors.ts";
import type { TrackName, WorkerId } from "../ground/ids.ts";
import { nearest, plainLine } from "../ground/text.ts";

/** Something a worker waits for a person to say. Its number is never used again. */
export interface Ask extends AgentAsk {
  readonly id: number;
  readonly track: TrackName;
  readonly worker: WorkerId;
  readonly askedAt: EpochMs;
  readonly at: AskState;
}

/** Where an ask is on its way; it is answered once. */
export type AskState =
  /** `why`: an answer could not be given. */
  | { readonly state: "open"; readonly why?: string }
  | { readonly state: "answered"; readonly answer: Given }
  /** The program has been told; what came of it is not seen yet. */
  | { readonly state: "given"; readonly answer: Given }
  /** The tool went on, or was refused, as was said. */
  | { readonly state: "verified"; readonly answer: Given; readonly evidence: string }
  /** Nothing waits for it: answered elsewhere, or its agent is gone. */
  | { readonly state: "moot"; readonly answer: Given | null; readonly why: string };

export interface Given {
  readonly by: string;
  readonly when: EpochMs;
  readonly answer: Answer;
}

/** In a line: `Bash: npm publish`. */
export function askLine({ what, tool, detail }: Pick<Ask, "what" | "tool" | "detail">): string {
  return plainLine(what === "question" ? detail : `${tool}: ${detail}`);
}

/** What to type to answer it. */
export function howToAnswer({ id, track, what, options }: Ask): string {
  const words = what === "permission" ? "allow|deny" : options.length > 0 ? "1|2|TEXT" : "TEXT";
  return `pleach answer ${track} ${options.length === 1 ? "1|TEXT" : words} --ask ${id}`;
}

const refusal = "A person said no. Do without this step if the work allows it.";

/**
 * What a person's words mean as an answer to an ask. Pure.
 * @throws PleachError `answer/unclear` (exit 2)
 */
export function readAnswer(ask: Pick<Ask, "what" | "options">, text: string): Answer {
  const word = text.trim();
  switch (ask.what) {
    case "permission":
      return readPermission(word);
    case "question": {
      if (word === "") throw unclear("an answer needs words", "one of the options, or text");
      const number = /^[1-9]\d?$/.test(word) ? Number(word) : undefined;
      const option = number === undefined ? undefined : ask.options[number - 1];
      if (word === "deny") return { kind: "deny", why: refusal };
      return { kind: "text", text: option ?? word };
    }
    default:
      return assertNever(ask.what);
  }
}

function readPermission(word: string): Answer {
  if (/^(?:allow|yes|y)$/i.test(word)) return { kind: "allow" };
  if (/^(?:deny|no|n)$/i.test(word)) return { kind: "deny", why: refusal };
  const [, why] = /^(?:deny|no)\b[\s,:]*(.+)$/is.exec(word) ?? [];
  if (why !== undefined) return { kind: "deny", why: `A person said no: ${why}` };
  const meant = /\s/.test(word) ? undefined : nearest(word, ["allow", "deny"]);
  if (word === "" || meant !== undefined) {
    const near = meant === undefined ? "" : ` (did you mean ${meant}?)`;
    throw unclear(
      `${JSON.stringify(word)} is no answer to a permission${near}`,
      "allow, deny, or words that say what to do instead (that denies it)",
    );
  }
  return { kind: "deny", why: `A person said no: ${word}` };
}

function unclear(message: string, hint: string): PleachError {
  return new PleachError({ code: "answer/unclear", message, hint, exitCode: ExitCode.usage });
}

/** An answer in a word or the person's own. */
export function answerLine(answer: Answer): string {
  if (answer.kind === "text") return plainLine(answer.text);
  return answer.kind === "allow" ? "allowed" : "denied";
}
