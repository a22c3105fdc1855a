import { ExitCode } from "../../../ground/errors.ts";
import { replayRecorded } from "../../../verbs/lab.ts";
import { openProject } from "../../../verbs/project.ts";
import { formatLab } from "../../../watch/lab.ts";
import { callerOf } from "../caller.ts";
import { count, jsonFlag, requiredChoice, verb } from "../verb.ts";

export const labVerb = verb({
  args: {
    experiment: requiredChoice("experiment", "what to measure", ["queue"]),
  },
  options: {
    parallel: count("--parallel <n>", "so many gates at once (default: land.parallel)", {
      min: 1,
      max: 64,
    }),
    batch: count("--batch <n>", "so many tracks in a batch (default: 8)", { min: 1, max: 64 }),
    json: jsonFlag,
  },
  details: `When each track was ready, how long its gate took and what became of it are taken from the
journal; a track that was red counts as red by itself. Nothing is run, and nothing changes.`,
  examples: [
    ["pleach lab queue", "time and gate runs of each way to queue, for what has landed here"],
    ["pleach lab queue --parallel 8", "the same with eight gates at once"],
  ],
  run: async (context, { experiment }, { parallel, batch, json }) => {
    const { out } = context;
    const project = await openProject(context.invocation, callerOf(out));
    const result = replayRecorded(project, { parallel, batch });
    if (json) out.document({ experiment, ...result });
    else if (result.attempts === 0) out.note("nothing has landed here yet");
    else for (const line of formatLab(result)) out.line(line);
    return ExitCode.ok;
  },
});
