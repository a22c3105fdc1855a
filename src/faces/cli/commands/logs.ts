import { ExitCode } from "../../../ground/errors.ts";
import { openGround } from "../../../ground/ground.ts";
import { unstyled } from "../../../ground/text.ts";
import { logOfTrack } from "../../../verbs/logs.ts";
import { findTail, followFile } from "../follow-file.ts";
import type { Output } from "../output.ts";
import { count, flag, optional, verb } from "../verb.ts";

export const logsVerb = verb({
  args: { track: optional("track", "the track; inside its worktree it is known") },
  options: {
    follow: flag("-f, --follow", "go on with what is printed from now on, until Ctrl-C"),
    tail: count("-n, --tail <n>", "only the last lines of what there is", {
      min: 0,
      max: 1_000_000,
    }),
    setup: flag("--setup", "what setting the worktree up printed"),
    json: flag("--json", "the transcript as NDJSON"),
  },
  examples: [
    ["pleach logs auth -f", "follow what the agent prints"],
    ["pleach logs auth --tail 20", "how it ended"],
    ["pleach logs auth --setup", "why the setup failed"],
  ],
  run: async (context, args, { follow, tail, setup, json }) => {
    const ground = await openGround(context.invocation);
    const kind = json ? "transcript" : setup ? "setup" : "output";
    const { track, file } = await logOfTrack(ground, { track: args.track, kind });
    const signal = follow ? context.interruption() : undefined;
    const { out } = context;
    const print = (line: string): void => (json ? recordLine(out, line) : out.text(unstyled(line)));
    const from = tail === undefined ? 0 : await findTail(file, tail);
    const found = await followFile(file, print, signal, from);
    if (!found && !follow) out.note(`${track} has printed nothing yet`);
    return signal?.aborted ? ExitCode.interrupted : ExitCode.ok;
  },
});

/** Passes a line of NDJSON on with its content exact; one that is being written is no document yet. */
function recordLine(out: Output, line: string): void {
  try {
    out.record(JSON.parse(line));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    out.line(line);
  }
}
