import { ExitCode } from "../../../ground/errors.ts";
import { openGround } from "../../../ground/ground.ts";
import { diffOfNamed } from "../../../verbs/diff.ts";
import { formatDiff, formatDiffStat } from "../../../watch/diff.ts";
import { flag, jsonFlag, optional, verb } from "../verb.ts";

export const diffVerb = verb({
  args: { track: optional("track", "the track; inside its worktree it is known") },
  options: { stat: flag("--stat", "files and figures only"), json: jsonFlag },
  details: `From the base of the track to what is in its worktree now, untracked files included. Characters that steer
a terminal or cannot be seen are written out (\\x1b, \\r, \\u202e); --json has the text exactly.`,
  examples: [
    ["pleach diff auth", "everything the track has changed so far"],
    ["pleach diff auth --stat", "which files, and how much"],
  ],
  run: async ({ invocation, out }, args, { stat, json }) => {
    const ground = await openGround(invocation);
    const { track, base, paths, text } = await diffOfNamed(ground, { track: args.track, stat });
    if (json) out.document({ track, base, paths, diff: text });
    else if (text !== "") {
      const lines = stat ? formatDiffStat(text) : formatDiff(text, out.paper);
      for (const line of lines) out.line(line);
    }
    return ExitCode.ok;
  },
});
