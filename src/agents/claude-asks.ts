import { z } from "zod";
import type { Answer } from "./conversation.ts";
import type { AgentAsk } from "./event.ts";
import { detailOf, type Input } from "./hooks.ts";

/*
 * What Claude Code asks a person before a tool runs, and the decision it takes for an answer: the same
 * over its control protocol, and from a hook beside its dialog.
 */

const questions = z
  .array(
    z.object({
      question: z.string(),
      multiSelect: z.boolean().catch(false),
      options: z.array(z.object({ label: z.string() })).catch([]),
    }),
  )
  .min(1);

/** A permission for a call, or the questions it puts; several, or of several choices, one by one. */
export function claudeAskOf(
  input: Input,
): Pick<AgentAsk, "what" | "detail" | "options" | "questions"> {
  const asked = questions.safeParse(input["questions"]).data;
  if (asked === undefined) return { what: "permission", detail: detailOf(input), options: [] };
  const each = asked.map(({ question, multiSelect, options }) => ({
    question,
    options: options.map(({ label }) => label),
    isMany: multiSelect,
  }));
  const detail = asked.map(({ question }) => question).join("\n");
  const [only] = each;
  return only === undefined || each.length > 1 || only.isMany
    ? { what: "question", detail, options: [], questions: each }
    : { what: "question", detail, options: only.options };
}

/** A question that is refused is answered in words: no step was denied. */
export function claudeDecision(input: Input, answer: Answer): Input {
  const asked = questions.safeParse(input["questions"]).data;
  if (asked === undefined) {
    if (answer.kind === "allow") return { behavior: "allow", updatedInput: input };
    return { behavior: "deny", message: answer.kind === "deny" ? answer.why : answer.text };
  }
  const said = answer.kind === "text" ? answer.text : wordsFor[answer.kind];
  const lines = said.split("\n").filter((line) => line.trim() !== "");
  const each = lines.length === asked.length ? lines : asked.map(() => said);
  const answers = Object.fromEntries(
    asked.map(({ question }, index) => [question, each[index] ?? said]),
  );
  return { behavior: "allow", updatedInput: { ...input, answers } };
}

const wordsFor = {
  allow: "Yes.",
  deny: "No answer will come: decide by yourself, and say in the commit what you decided.",
} as const;
