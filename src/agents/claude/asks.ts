import { z } from "zod";
import type { Answer } from "../conversation.ts";
import type { AgentAsk } from "../event.ts";
import { askDetailOf, type Input } from "../hooks.ts";
import { partsOf, questionAsk } from "../questions.ts";

/*
 * The questions of Claude Code to a person before a tool runs, and the decision it takes for an
 * answer: the same over its control protocol, and from a hook beside its dialog.
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

/** Reads the permission or the questions for which a call waits. */
export function claudeAskOf(
  input: Input,
): Pick<AgentAsk, "what" | "detail" | "options" | "questions"> {
  const asked = questions.safeParse(input["questions"]).data;
  if (asked === undefined) return { what: "permission", detail: askDetailOf(input), options: [] };
  return questionAsk(
    asked.map(({ question, multiSelect, options }) => ({
      question,
      options: options.map(({ label }) => label),
      isMany: multiSelect,
    })),
  );
}

export function claudeDecision(input: Input, answer: Answer): Input {
  const asked = questions.safeParse(input["questions"]).data;
  if (asked === undefined) {
    if (answer.kind === "allow") return { behavior: "allow", updatedInput: input };
    return { behavior: "deny", message: answer.kind === "deny" ? answer.why : answer.text };
  }
  const said = partsOf(answer, asked.length);
  const answers = Object.fromEntries(asked.map(({ question }, index) => [question, said[index]]));
  return { behavior: "allow", updatedInput: { ...input, answers } };
}
