import { ExitCode } from "../../../ground/errors.ts";
import { openForChange } from "../../../verbs/project.ts";
import { resumeWorkers } from "../../../verbs/workers.ts";
import { callerOf } from "../caller.ts";
import { allFlag, trackArgument } from "../one-or-all.ts";
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
    const project = await openForChange(context.invocation, callerOf(context.out), {
      yes,
    });
    const resumed = await resumeWorkers(project, { track, all }, ({ track: name, launched }) =>
      out.line(
        launched.kind === "started"
          ? `${name} goes on`
          : `${name} does not go on: ${launched.reason}`,
      ),
    );
    if (resumed.length === 0) out.note("nothing is paused");
    const isWhole = resumed.every(({ launched }) => launched.kind === "started");
    return isWhole ? ExitCode.ok : ExitCode.failed;
  },
});
