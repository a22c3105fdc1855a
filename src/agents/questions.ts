import type { Answer } from "./conversation.ts";
import type { AgentAsk, AskedQuestion } from "./event.ts";

/* The questions that programs put to a person, and what is said to them in return. */

/** One with its options; several, or one of several choices, one by one. Pure. */
export function questionAsk(
  asked: readonly AskedQuestion[],
): Pick<AgentAsk, "what" | "detail" | "options" | "questions"> {
  const detail = asked.map(({ question }) => question).join("\n");
  const [only] = asked;
  return only === undefined || asked.length > 1 || only.isMany
    ? { what: "question", detail, options: [], questions: asked }
    : { what: "question", detail, options: only.options };
}

/** A question that is refused is answered in words: no step was denied. */
const wordsFor = {
  allow: "Yes.",
  deny: "No answer will come: decide by yourself, and say in the commit what you decided.",
} as const;

/** The answer to each of several questions: a line each, else the same to all. Pure. */
export function partsOf(answer: Answer, count: number): readonly string[] {
  const said = answer.kind === "text" ? answer.text : wordsFor[answer.kind];
  const lines = said.split("\n").filter((line) => line.trim() !== "");
  return lines.length === count ? lines : Array.from({ length: count }, () => said);
}
