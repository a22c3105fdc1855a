import { ExitCode, PleachError } from "../../../ground/errors.ts";
import { parseParts } from "../../../race/parts.ts";
import { type PickOptions, type PickReport, pickParts, pickTrack } from "../../../race/pick.ts";
import { requireTrackCalled } from "../../../verbs/own-track.ts";
import { openForChange } from "../../../verbs/project.ts";
import { putAway } from "../../../verbs/put-away.ts";
import { landExitCode } from "../../../watch/landing.ts";
import { formatPick } from "../../../watch/race.ts";
import { callerOf } from "../caller.ts";
import { progressOf } from "../land-progress.ts";
import { strategyOption } from "../strategy-option.ts";
import { flag, jsonFlag, optional, values, verb, yesFlag } from "../verb.ts";

export const pickVerb = verb({
  args: { track: optional("track", "the candidate that wins") },
  options: {
    parts: values("--parts <parts...>", "CANDIDATE:GLOB each: take these files of several instead"),
    strategy: strategyOption,
    acceptGate: flag("--accept-gate", "let changes of guarded paths in: you have looked at them"),
    noGate: flag("--no-gate", "land although no gate is configured"),
    json: jsonFlag,
    yes: yesFlag,
  },
  details: `It is tested first: a red gate never wins, and then nothing has changed. Once it has landed, the
other candidates are dropped, each with its rescue. Parts become a track of their own, without a
worker; when its gate is red it stays as one candidate more.`,
  examples: [
    ["pleach pick auth-2", "land it, and drop the others"],
    ["pleach pick auth-2 --strategy squash", "all its commits as one"],
    [
      "pleach pick --parts 'auth-1:src/**' 'auth-2:test/**'",
      "the code of one, the tests of another",
    ],
  ],
  run: async (context, { track }, { parts, strategy, acceptGate, noGate, json, yes }) => {
    const { out } = context;
    requireOne(track, parts);
    const { ground, config } = await openForChange(context.invocation, callerOf(context.out), {
      yes,
    });
    const signal = context.interruption();
    const onProgress = progressOf(track ?? "parts", (text) => out.note(text));
    const options: PickOptions = {
      ...(strategy === undefined ? {} : { strategy }),
      ...{ acceptGate, noGate, signal, onProgress },
    };
    const report =
      track === undefined
        ? await pickParts(ground, config, parseParts(parts), options)
        : await pickTrack(ground, config, (await requireTrackCalled(ground, track)).name, options);
    const landed = report.landing?.outcome === "landed" ? [report.picked] : [];
    const notes = await putAway(ground, config, landed, (line) => out.note(line));
    if (json) out.document({ ...report, ...(notes.length === 0 ? {} : { notes }) });
    else for (const line of formatPick(report, out.paper)) out.line(line);
    for (const note of notes) if (!json) out.note(note);
    return signal.aborted ? ExitCode.interrupted : codeOf(report);
  },
});

function codeOf({ landing, trial }: PickReport): ExitCode {
  if (landing !== null) return landExitCode([landing]);
  const isForPeople = trial.outcome === "conflict" || trial.outcome === "needs-human";
  return isForPeople || trial.outcome === "untested" ? ExitCode.needsHuman : ExitCode.failed;
}

function requireOne(track: string | undefined, parts: readonly string[]): void {
  if ((track === undefined) !== (parts.length === 0)) return;
  throw new PleachError({
    code: "race/pick",
    message: track === undefined ? "nobody was picked" : "a candidate and parts do not go together",
    hint: "pleach compare shows whom: pleach pick NAME, or pleach pick --parts NAME:GLOB …",
    exitCode: ExitCode.usage,
  });
}
