import type { Answer } from "../agents/conversation.ts";
import type { AgentAsk, AskedQuestion } from "../agents/event.ts";
import type { EpochMs } from "../ground/clock.ts";
import { assertNever, ExitCode, PleachError } from "../ground/errors.ts";
import type { TrackName, WorkerId } from "../ground/ids.ts";
import { nearest, plainLine } from "../ground/text.ts";

/** A request of a worker that waits for a person. Its number is never used again. */
export interface Ask extends AgentAsk {
  readonly id: number;
  readonly track: TrackName;
  readonly worker: WorkerId;
  readonly askedAt: EpochMs;
  readonly at: AskState;
}

/** The state of an ask on its way; it is answered once. */
export type AskState =
  /** The ask waits; `why`: the reason why an answer could not be given. */
  | { readonly state: "open"; readonly why?: string }
  | { readonly state: "answered"; readonly answer: Given }
  /** The program has been told; the effect is not seen yet. */
  | { readonly state: "given"; readonly answer: Given }
  /** The tool went on, or was refused, as the answer said. */
  | { readonly state: "verified"; readonly answer: Given; readonly evidence: string }
  /** Nothing waits for an answer: it was given elsewhere, or the agent is gone. */
  | { readonly state: "moot"; readonly answer: Given | null; readonly why: string };

export interface Given {
  readonly by: string;
  readonly when: EpochMs;
  readonly answer: Answer;
}

/** Writes an ask in a line: `Bash: npm publish`. */
export function askLine({ what, tool, detail }: Pick<Ask, "what" | "tool" | "detail">): string {
  return plainLine(what === "question" ? detail : `${tool}: ${detail}`);
}

/** Writes the command that answers an ask. */
export function howToAnswer({ id, track, ...ask }: Ask): string {
  return `pleach answer ${track} ${wordsFor(ask)} --ask ${id}`;
}

function wordsFor({ what, options, questions }: Pick<Ask, "what" | "options" | "questions">) {
  if (what === "permission") return "allow|deny";
  if (questions !== undefined) return `"${questions.map(partFor).join("; ")}"`;
  return options.length > 1 ? "1|2|TEXT" : options.length === 1 ? "1|TEXT" : "TEXT";
}

/** Writes the form of the answer to one of several questions. */
function partFor({ options, isMany }: AskedQuestion): string {
  if (options.length === 0) return "TEXT";
  return isMany ? "1,2|TEXT" : "1|TEXT";
}

const refusal = "A person said no. Do without this step if the work allows it.";

/**
 * Reads a person's words as an answer to an ask. Pure.
 * @throws PleachError `answer/unclear` (exit 2)
 */
export function readAnswer(ask: Pick<Ask, "what" | "options" | "questions">, text: string): Answer {
  const word = text.trim();
  switch (ask.what) {
    case "permission":
      return readPermission(word);
    case "question": {
      if (word === "") throw unclear("an answer needs words", "one of the options, or text");
      if (word === "deny") return { kind: "deny", why: refusal };
      const { questions = [{ question: "", options: ask.options, isMany: false }] } = ask;
      return { kind: "text", text: readParts(questions, word).join("\n") };
    }
    default:
      return assertNever(ask.what);
  }
}

/** Reads the answer to each of the questions, in their order. */
function readParts(questions: readonly AskedQuestion[], word: string): readonly string[] {
  const parts = questions.length === 1 ? [word] : word.split(/[;\n]/).map((part) => part.trim());
  if (parts.length === questions.length && !parts.includes("")) {
    return questions.map((question, index) => readPart(question, parts[index] ?? ""));
  }
  const all = questions.map(({ question }) => `${JSON.stringify(question)}`).join(" and ");
  throw unclear(
    `${JSON.stringify(word)} does not answer each of ${all}`,
    `one answer for each, with ; between them: "${questions.map(partFor).join("; ")}"`,
  );
}

function readPart({ options, isMany }: AskedQuestion, part: string): string {
  if (!isMany) return optionOf(options, part) ?? part;
  const choices = part.split(",").map((choice) => optionOf(options, choice.trim()));
  return choices.includes(undefined) ? part : choices.join(", ");
}

/** Finds an option by its number, or by its own words. */
function optionOf(options: readonly string[], word: string): string | undefined {
  if (/^[1-9]\d?$/.test(word)) return options[Number(word) - 1];
  return options.find((option) => option.toLowerCase() === word.toLowerCase());
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

/** Writes an answer in a word, or in the person's own words. */
export function answerLine(answer: Answer): string {
  if (answer.kind === "text") return plainLine(answer.text.replaceAll("\n", "; "));
  return answer.kind === "allow" ? "allowed" : "denied";
}
