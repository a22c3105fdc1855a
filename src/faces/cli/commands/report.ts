import { ExitCode } from "../../../ground/errors.ts";
import { openProject } from "../../../verbs/project.ts";
import { reportOnTrack } from "../../../verbs/report.ts";
import { callerOf } from "../caller.ts";
import type { Context } from "../verb.ts";
import { many, optional, value, verb } from "../verb.ts";

export const doneVerb = verb({
  args: { track: optional("track", "the track; inside its worktree it is known") },
  options: { message: value("-m, --message <summary>", "what was done, in a sentence") },
  details: "A report, to be checked: it counts with commits beyond the base and a clean worktree.",
  examples: [['pleach done -m "Tokens rotate every hour"', "said by a worker about itself"]],
  run: async (context, { track }, { message }) =>
    await say(context, track, { kind: "done", text: message ?? "" }),
});

export const blockedVerb = verb({
  args: { why: many("why", "what is missing, in a sentence") },
  options: { track: value("--track <name>", "the track; inside its worktree it is known") },
  examples: [['pleach blocked "Which of the two schemas is right?"', "said by a worker"]],
  run: async (context, { why }, { track }) =>
    await say(context, track, { kind: "blocked", text: why.join(" ") }),
});

async function say(
  context: Context,
  name: string | undefined,
  said: { readonly kind: "done" | "blocked"; readonly text: string },
): Promise<ExitCode> {
  const { out } = context;
  const project = await openProject(context.invocation, callerOf(out));
  const { track, reported } = await reportOnTrack(project, { track: name, ...said });
  if (reported.kind === "noted") {
    out.line(`${track}: noted; it is checked when the worker has ended`);
    return ExitCode.ok;
  }
  const { decision } = reported;
  if (decision.kind === "ready") {
    out.line(`${track}: checked, and ready to land`);
    return ExitCode.ok;
  }
  out.line(`${track}: needs a person (${decision.reason}): ${decision.detail}`);
  return ExitCode.needsHuman;
}
