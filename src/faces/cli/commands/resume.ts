import { ExitCode } from "../../../ground/errors.ts";
import { resumeTrack } from "../../../grow/resume.ts";
import { openForChange } from "../../../verbs/project.ts";
import { callerOf } from "../caller.ts";
import { allFlag, oneOrAll, trackArgument } from "../one-or-all.ts";
import { verb, yesFlag } from "../verb.ts";

export const resumeVerb = verb({
  args: { track: trackArgument },
  options: { all: allFlag, yes: yesFlag },
  details: `A new worker goes on in the same worktree, in the same session where its agent keeps one: it is told
to go on, and its task is not said again.`,
  examples: [
    ["pleach resume auth", "let a paused worker go on"],
    ["pleach resume --all", "all that were paused"],
  ],
  run: async (context, { track }, { all, yes }) => {
    const { out } = context;
    const { ground, config } = await openForChange(context.invocation, callerOf(context.out), {
      yes,
    });
    const asked = { track, all, verb: "resume" };
    const paused = await oneOrAll(
      ground,
      asked,
      ({ at }) => at.state === "needs-human" && at.reason === "paused",
    );
    let exitCode: ExitCode = ExitCode.ok;
    for (const { name } of paused) {
      const launched = await resumeTrack(ground, config, name);
      if (launched.kind === "started") out.line(`${name} goes on`);
      else {
        exitCode = ExitCode.failed;
        out.line(`${name} does not go on: ${launched.reason}`);
      }
    }
    if (paused.length === 0) out.note("nothing is paused");
    return exitCode;
  },
});
