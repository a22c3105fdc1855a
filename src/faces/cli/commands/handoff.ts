import { ExitCode, PleachError } from "../../../ground/errors.ts";
import { openGround } from "../../../ground/ground.ts";
import { readHandoff, writeHandoff } from "../../../grow/prompt/prompt-files.ts";
import { requireTrackNamed } from "../../../verbs/own-track.ts";
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
    const track = await requireTrackNamed(ground, args.track);
    const text = givenText({ text: message, file }, invocation.folder);
    if (text !== undefined) {
      out.note(`written: ${writeHandoff(track, text)}`);
      return ExitCode.ok;
    }
    const written = readHandoff(track);
    if (json) {
      out.document({ track: track.name, handoff: written ?? null });
      return ExitCode.ok;
    }
    if (written === undefined) {
      throw new PleachError({
        code: "handoff/none",
        message: `there is no handoff for track ${track.name}`,
        hint: `write one: pleach handoff ${track.name} -m "…"`,
        exitCode: ExitCode.failed,
      });
    }
    out.text(written.trimEnd());
    return ExitCode.ok;
  },
});
