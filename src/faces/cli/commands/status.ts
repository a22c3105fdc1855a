import { ExitCode } from "../../../ground/errors.ts";
import { evidenceOf } from "../../../verbs/evidence.ts";
import { holdsOf } from "../../../verbs/holds.ts";
import { openProject } from "../../../verbs/project.ts";
import { standingOf } from "../../../verbs/standing.ts";
import { surveyNamed } from "../../../verbs/status.ts";
import { formatLs } from "../../../verbs/survey.ts";
import { formatChoices } from "../../../watch/choices.ts";
import { formatHolds } from "../../../watch/holds.ts";
import { formatStandings } from "../../../watch/standing.ts";
import { formatStatus } from "../../../watch/status.ts";
import { callerOf } from "../caller.ts";
import { flag, jsonFlag, optional, verb } from "../verb.ts";

export const statusVerb = verb({
  args: { track: optional("track", "the track; inside its worktree it is known") },
  options: {
    why: flag("--why", "show the evidence for what is said"),
    json: jsonFlag,
  },
  examples: [
    ["pleach status", "every track, one line each"],
    ["pleach status auth --why", "one track, with what told us"],
  ],
  run: async (context, args, { why, json }) => {
    const { out } = context;
    const { ground, config } = await openProject(context.invocation, callerOf(context.out));
    const tracks = await surveyNamed(ground, args.track, why);
    const now = ground.clock.now();
    const paper = json ? { width: Number.POSITIVE_INFINITY, color: false } : out.roll;
    const evidence = why ? tracks.map((one) => evidenceOf(ground, one, paper)) : undefined;
    if (json) {
      const document = formatLs(config.target, tracks, holdsOf(ground), why ? now : undefined);
      out.document(evidence === undefined ? document : { ...document, evidence });
      return ExitCode.ok;
    }
    const [only] = tracks;
    if (tracks.length === 1 && only !== undefined) {
      const lines = formatStatus(standingOf(only, now), only.track, out.paper);
      for (const line of [...lines, ...formatChoices(only.track, out.paper)]) out.line(line);
    } else {
      const rows = tracks.map((one) => standingOf(one, now));
      for (const line of formatStandings(rows, out.roll)) out.line(line);
    }
    for (const line of formatHolds(holdsOf(ground), now, out.paper)) out.line(line);
    for (const line of evidence?.flat() ?? []) out.line(`  ${line}`);
    return ExitCode.ok;
  },
});
