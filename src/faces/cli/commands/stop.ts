import { ExitCode } from "../../../ground/errors.ts";
import { openGround } from "../../../ground/ground.ts";
import { stopTrack } from "../../../grow/stop.ts";
import { allFlag, oneOrAll, trackArgument } from "../one-or-all.ts";
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
    const growing = await oneOrAll(ground, { track, all, verb: "stop" }, ({ at }) =>
      ["growing", "provisioning", "held"].includes(at.state),
    );
    let exitCode: ExitCode = ExitCode.ok;
    for (const { name } of growing) {
      const end = await stopTrack(ground, name);
      if (end.kind === "gone") out.line(`${name}: its worker has ended`);
      else {
        exitCode = ExitCode.failed;
        out.line(`${name}: its worker cannot be proven gone: ${end.why}`);
      }
    }
    if (growing.length === 0) out.note("nothing is growing");
    return exitCode;
  },
});
