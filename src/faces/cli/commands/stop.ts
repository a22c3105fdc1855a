import { ExitCode, PleachError } from "../../../ground/errors.ts";
import { openGround } from "../../../ground/ground.ts";
import { stopTrack } from "../../../grow/stop.ts";
import { allTracks } from "../../../grow/track-store.ts";
import { requireTrackNamed } from "../../../run/own-track.ts";
import { flag, optional, verb } from "../verb.ts";

export const stop = verb({
  args: { track: optional("track", "the track whose worker is to end") },
  options: { all: flag("--all", "the workers of all tracks") },
  details: "Branch and worktree stay as they are; `pleach start TRACK` goes on.",
  examples: [
    ["pleach stop auth", "end one worker, and everything it started"],
    ["pleach stop --all", "end them all"],
  ],
  run: async ({ invocation, out }, { track }, { all }) => {
    const ground = await openGround(invocation);
    const named = all ? allTracks(ground.store) : [requireTrackNamed(ground, requireOne(track))];
    const growing = named.filter(
      ({ at }) => !all || at.state === "growing" || at.state === "provisioning",
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

/** Stopping is never guessed from the folder: the one or all are named. */
function requireOne(track: string | undefined): string {
  if (track !== undefined) return track;
  throw new PleachError({
    code: "track/unnamed",
    message: "no track was named",
    hint: "pleach stop TRACK, or pleach stop --all",
    exitCode: ExitCode.usage,
  });
}
