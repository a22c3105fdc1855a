import { ExitCode } from "../../../ground/errors.ts";
import { openGround } from "../../../ground/ground.ts";
import { pauseTrack } from "../../../grow/stop.ts";
import { sessionOf } from "../../../worker/worker.ts";
import { latestWorker } from "../../../worker/worker-store.ts";
import { allFlag, oneOrAll, trackArgument } from "../one-or-all.ts";
import { verb } from "../verb.ts";

export const pauseVerb = verb({
  args: { track: trackArgument },
  options: { all: allFlag },
  details: `Its agent is interrupted and ends; what it has changed stays, committed or not. No run starts it
again, or another in its place, until it is resumed.`,
  examples: [
    ["pleach pause auth", "let one worker rest"],
    ["pleach pause --all", "stand still"],
  ],
  run: async ({ invocation, out }, { track }, { all }) => {
    const ground = await openGround(invocation);
    const asked = { track, all, verb: "pause" };
    const growing = await oneOrAll(
      ground,
      asked,
      ({ at }) => at.state === "growing" || at.state === "held",
    );
    const pauses = growing.map(async ({ name }) => {
      const end = await pauseTrack(ground, name);
      if (end.kind === "not-ended") {
        out.line(`${name}: its worker cannot be proven gone: ${end.why}`);
        return false;
      }
      const session = sessionOf(latestWorker(ground.store, name));
      out.line(
        session === null
          ? `${name}: paused; its agent keeps no session, so it begins anew when it is resumed`
          : `${name}: paused in session ${session.id}`,
      );
      return true;
    });
    const ended = await Promise.all(pauses);
    if (growing.length === 0) out.note("nothing is growing");
    else out.note(`hint: pleach resume ${all ? "--all" : (track ?? "")} goes on`);
    return ended.every(Boolean) ? ExitCode.ok : ExitCode.failed;
  },
});
