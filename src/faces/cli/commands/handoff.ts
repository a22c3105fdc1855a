import { ExitCode } from "../../../ground/errors.ts";
import { openGround } from "../../../ground/ground.ts";
import { findHandoff, noHandoff, setHandoff } from "../../../verbs/handoff.ts";
import { givenText } from "../given-text.ts";
import { jsonFlag, optional, value, verb } from "../verb.ts";

export const handoffVerb = verb({
  args: { track: optional("track", "the track; inside its worktree it is known") },
  options: {
    message: value("-m, --message <text>", "write this as the handoff"),
    file: value("-f, --file <file>", "write what this file says"),
    json: jsonFlag,
  },
  details:
    "What the next worker on a track must know. It stands in .pleach/HANDOFF.md of the worktree.",
  examples: [
    ["pleach handoff auth", "read it"],
    ['pleach handoff auth -m "Keep the old token valid"', "write it"],
  ],
  run: async ({ invocation, out }, args, { message, file, json }) => {
    const ground = await openGround(invocation);
    const text = givenText({ text: message, file }, invocation.folder);
    if (text !== undefined) {
      out.note(`written: ${await setHandoff(ground, { track: args.track, text })}`);
      return ExitCode.ok;
    }
    const { track, handoff } = await findHandoff(ground, { track: args.track });
    if (json) {
      out.document({ track, handoff });
      return ExitCode.ok;
    }
    if (handoff === null) throw noHandoff(track);
    out.text(handoff.trimEnd());
    return ExitCode.ok;
  },
});
