import { ExitCode } from "../../../ground/errors.ts";
import { openForChange } from "../../../verbs/project.ts";
import { retryNamed } from "../../../verbs/retry.ts";
import { callerOf } from "../caller.ts";
import { givenText } from "../given-text.ts";
import { required, value, verb, yesFlag } from "../verb.ts";

export const retryVerb = verb({
  args: { track: required("track", "the track whose work is to be done again, or better") },
  options: {
    prompt: value("-p, --prompt <text>", "what its next worker is told besides its task"),
    file: value("-f, --file <file>", "a file that says it"),
    yes: yesFlag,
  },
  details: `What stands still goes on with a new worker, on what is there. What failed, or was dropped, is begun
anew from the target; what was dropped stays kept.`,
  examples: [
    ['pleach retry auth -p "Keep the old tokens valid"', "say what was wrong, and let it go on"],
    ["pleach retry auth", "the same work, once more"],
  ],
  run: async (context, { track: called }, options) => {
    const { invocation, out } = context;
    const project = await openForChange(context.invocation, callerOf(context.out), {
      yes: options.yes,
    });
    const prompt = givenText({ text: options.prompt, file: options.file }, invocation.folder);
    const { track, how } = await retryNamed(project, { track: called, prompt });
    out.line(
      `${track.name} grows again in ${track.worktree}${how === "anew" ? ", from the target" : ""}`,
    );
    out.note(`hint: pleach logs ${track.name} -f follows it`);
    return ExitCode.ok;
  },
});
