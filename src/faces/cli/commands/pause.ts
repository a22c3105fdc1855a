import { ExitCode } from "../../../ground/errors.ts";
import { openGround } from "../../../ground/ground.ts";
import { type EndedWorker, pauseWorkers } from "../../../verbs/workers.ts";
import { allFlag, trackArgument } from "../one-or-all.ts";
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
    const ended = await pauseWorkers(ground, { track, all }, (one) => out.line(pausedLine(one)));
    if (ended.length === 0) out.note("nothing is growing");
    else out.note(`hint: pleach resume ${all ? "--all" : (track ?? "")} goes on`);
    return ended.every(({ end }) => end.kind !== "not-ended") ? ExitCode.ok : ExitCode.failed;
  },
});

function pausedLine({ track, end, session }: EndedWorker): string {
  if (end.kind === "not-ended") return `${track}: its worker cannot be proven gone: ${end.why}`;
  return session === null
    ? `${track}: paused; its agent keeps no session, so it begins anew when it is resumed`
    : `${track}: paused in session ${session.id}`;
}
