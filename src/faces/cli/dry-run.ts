import { ExitCode } from "../../ground/errors.ts";
import type { TrackName } from "../../ground/ids.ts";
import type { Strategy } from "../../land/landing/landing.ts";
import { type Trial, tryTrack } from "../../race/try.ts";
import type { Project } from "../../verbs/project.ts";
import { formatTrial } from "../../watch/landing.ts";
import { progressOf } from "./land-progress.ts";
import type { Context } from "./verb.ts";

interface Trying {
  readonly strategy: Strategy | undefined;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** Tests tracks one by one, each as if it were to land alone; nothing lands. */
export async function tryAll(
  { out }: Context,
  { ground, config }: Project,
  names: readonly TrackName[],
  { strategy, json, signal }: Trying,
): Promise<ExitCode> {
  const trials: Trial[] = [];
  for (const name of names) {
    if (signal.aborted) break;
    const trial = await tryTrack(ground, config, name, {
      ...(strategy === undefined ? {} : { strategy }),
      ...{ signal, onProgress: progressOf(name, (text) => out.note(text)) },
    });
    trials.push(trial);
    if (!json) for (const line of formatTrial(trial, out.paper)) out.line(line);
  }
  if (json) out.document({ landings: [], trials });
  else if (names.length === 0) out.note("no track is ready; pleach ls shows where they stand");
  return signal.aborted ? ExitCode.interrupted : exitCodeOf(trials);
}

function exitCodeOf(trials: readonly Trial[]): ExitCode {
  const outcomes = trials.map(({ outcome }) => outcome);
  const isForPeople = (outcome: Trial["outcome"]): boolean =>
    outcome === "conflict" || outcome === "needs-human" || outcome === "untested";
  if (outcomes.some(isForPeople)) return ExitCode.needsHuman;
  return outcomes.every((outcome) => outcome === "green" || outcome === "nothing")
    ? ExitCode.ok
    : ExitCode.failed;
}
