import { z } from "zod";
import type { Answer } from "../conversation.ts";
import type { AgentAsk } from "../event.ts";
import { askDetailOf, type Input } from "../hooks.ts";
import type { LaunchRequest } from "../launch.ts";
import { partsOf, questionAsk } from "../questions.ts";
import type { DialogStep } from "../terminal-profile.ts";

/* The dialogs in which Codex asks in its terminal, and the keys that answer them. Pure. */

/** The tool by which Codex asks questions: only the hook before a tool tells of it. */
export const codexQuestionTool = "request_user_input";

/** Returns the flags that give Codex that tool in its usual mode, without a warning each time. */
export const codexQuestionFlags = (permissions: LaunchRequest["permissions"]): readonly string[] =>
  permissions === "ask"
    ? [
        ...["-c", "features.default_mode_request_user_input=true"],
        ...["-c", "suppress_unstable_features_warning=true"],
      ]
    : [];

const questions = z
  .array(
    z.object({
      question: z.string(),
      options: z.array(z.object({ label: z.string() })).catch([]),
    }),
  )
  .min(1);

const questionsIn = (input: Input) => questions.safeParse(input["questions"]).data;

export function codexDialogAsk(
  input: Input,
): Pick<AgentAsk, "what" | "detail" | "options" | "questions"> {
  const asked = questionsIn(input);
  if (asked === undefined) return { what: "permission", detail: askDetailOf(input), options: [] };
  return questionAsk(
    asked.map(({ question, options }) => ({
      ...{ question, isMany: false },
      options: options.map(({ label }) => label),
    })),
  );
}

/**
 * Returns the keys for an answer, question after question: an option by its number, other words as
 * a note to `None of the above`.
 */
export function codexDialogSteps(input: Input, answer: Answer): readonly DialogStep[] | undefined {
  const asked = questionsIn(input);
  if (asked === undefined) {
    if (answer.kind === "text") return undefined;
    return [{ shows: [], keys: answer.kind === "deny" ? "\x1b" : "y" }];
  }
  const said = partsOf(answer, asked.length);
  return asked.map(({ question, options }, index) => {
    const part = said[index] ?? "";
    const at = options.findIndex(({ label }) => label === part);
    const place = asked.length > 1 ? [`Question ${index + 1}/${asked.length}`] : [];
    if (at >= 0) return { shows: [...place, question], keys: String(at + 1) };
    // Below the options there is an extra entry, for a person who wants none of them.
    const isPlain = options.length === 0;
    return {
      shows: [...place, question, ...(isPlain ? [] : ["› 1."])],
      keys: isPlain ? "" : `${"\x1b[B".repeat(options.length)}\t`,
      text: part,
    };
  });
}
