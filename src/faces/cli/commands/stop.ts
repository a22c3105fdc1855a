import { ExitCode } from "../../../ground/errors.ts";
import { openGround } from "../../../ground/ground.ts";
import { stopWorkers } from "../../../verbs/workers.ts";
import { allFlag, trackArgument } from "../one-or-all.ts";
import { verb } from "../verb.ts";

export const stopVerb = verb({
  args: { track: trackArgument },
  options: { all: allFlag },
  details: `Each agent is interrupted, then told to end, then killed, with all it started; it is proven gone.
Branch and worktree stay as they are; \`pleach start TRACK\` goes on.`,
  examples: [
    ["pleach stop auth", "end one worker, and everything it started"],
    ["pleach stop --all", "end them all"],
  ],
  run: async ({ invocation, out }, { track }, { all }) => {
    const ground = await openGround(invocation, "state");
    const ended = await stopWorkers(ground, { track, all }, ({ track: name, end }) =>
      out.line(
        end.kind === "gone"
          ? `${name}: its worker has ended`
          : `${name}: its worker cannot be proven gone: ${end.why}`,
      ),
    );
    if (ended.length === 0) out.note("nothing is growing");
    return ended.every(({ end }) => end.kind === "gone") ? ExitCode.ok : ExitCode.failed;
  },
});
