import type { Answer } from "./conversation.ts";
import type { AgentAsk, AskedQuestion } from "./event.ts";

/* The questions that programs put to a person, and the words for their answers. */

/**
 * Makes an ask of questions: a single question with its options; several questions, or a question
 * with several choices, one by one. Pure.
 */
export function questionAsk(
  asked: readonly AskedQuestion[],
): Pick<AgentAsk, "what" | "detail" | "options" | "questions"> {
  const detail = asked.map(({ question }) => question).join("\n");
  const [only] = asked;
  return only === undefined || asked.length > 1 || only.isMany
    ? { what: "question", detail, options: [], questions: asked }
    : { what: "question", detail, options: only.options };
}

/** The words for a question that is allowed or refused: no step was denied. */
const wordsFor = {
  allow: "Yes.",
  deny: "No answer will come: decide by yourself, and say in the commit what you decided.",
} as const;

/** Splits an answer to several questions: a line each, else the whole answer to all. Pure. */
export function partsOf(answer: Answer, count: number): readonly string[] {
  const said = answer.kind === "text" ? answer.text : wordsFor[answer.kind];
  const lines = said.split("\n").filter((line) => line.trim() !== "");
  return lines.length === count ? lines : Array.from({ length: count }, () => said);
}
