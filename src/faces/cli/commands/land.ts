import { landByRequests } from "../../../forge/land-by-requests.ts";
import { ExitCode, PleachError } from "../../../ground/errors.ts";
import type { TrackName } from "../../../ground/ids.ts";
import type { LandOptions } from "../../../land/landing/land-options.ts";
import type { LandReport } from "../../../land/landing/landing.ts";
import { MergeQueue } from "../../../land/queue/merge-queue.ts";
import { raceOf } from "../../../race/race.ts";
import { openRaces } from "../../../race/race-store.ts";
import { CheckoutGuard } from "../../../run/guard/checkout-guard.ts";
import { tellOfLandings } from "../../../run/news.ts";
import { allTracks } from "../../../track/track-store.ts";
import { findOwnTrack, requireTrackCalled } from "../../../verbs/own-track.ts";
import { openForChange, type Project } from "../../../verbs/project.ts";
import { putAway } from "../../../verbs/put-away.ts";
import { undoLastLanding } from "../../../verbs/undo.ts";
import { formatLanding, landExitCode } from "../../../watch/landing.ts";
import { callerOf } from "../caller.ts";
import { tryAll } from "../dry-run.ts";
import { progressOf } from "../land-progress.ts";
import { strategyOption } from "../strategy-option.ts";
import { flag, jsonFlag, many, verb, yesFlag } from "../verb.ts";

export const landVerb = verb({
  args: { tracks: many("track", "the tracks; without any, all that are ready") },
  options: {
    strategy: strategyOption,
    acceptGate: flag("--accept-gate", "let changes of guarded paths in: you have looked at them"),
    noGate: flag("--no-gate", "land although no gate is configured"),
    pr: flag(
      "--pr",
      "through pull requests of the forge (needs gh), followed until they are merged",
    ),
    undo: flag(
      "--undo",
      "take the last landing back, by new commits that are tested like any others",
    ),
    dryRun: flag("--dry-run", "test each as it would land, and land nothing"),
    json: jsonFlag,
    yes: yesFlag,
  },
  details: `The tree that lands is the tree that was tested, or nothing lands. What has landed is put away: its
worktree, its branch and the windows of its workers.`,
  examples: [
    ["pleach land auth", "gate and land one track"],
    ["pleach land", "every track that is ready: several at once, what fits together as one"],
    ["pleach land auth --dry-run", "what would come of it"],
    ["pleach land --pr", "push them, open pull requests, and follow what is merged"],
  ],
  run: async (context, args, options) => {
    const { strategy, acceptGate, noGate, pr, undo, dryRun, json, yes } = options;
    refuseTogether({ pr, undo, dryRun, tracks: args.tracks });
    const { out } = context;
    const project = await openForChange(context.invocation, callerOf(context.out), {
      yes,
    });
    const { ground, config } = project;
    const named = await Promise.all(
      args.tracks.map(async (name) => await requireTrackCalled(ground, name)),
    );
    const own = named.length === 0 ? findOwnTrack(ground) : undefined;
    const tracks = own === undefined ? named : [own];
    const races = openRaces(ground.store);
    const ready = allTracks(ground.store)
      .filter(({ at }) => at.state === "ready")
      // A person picks one of a race; by its own name each can be landed like any other.
      .filter((track) => raceOf(races, track) === undefined)
      .toSorted((a, b) => a.since - b.since);
    const signal = context.interruption();
    const chosen = (tracks.length === 0 ? ready : tracks).map(({ name }) => name);
    const show = (report: LandReport): void => {
      if (!json) for (const line of formatLanding(report, out.paper)) out.line(line);
    };
    const onNote = (text: string): void => out.note(text);
    if (dryRun) return await tryAll(context, project, chosen, { strategy, json, signal });
    const here: LandingHere = {
      ...(strategy === undefined ? {} : { strategy }),
      ...{ acceptGate, noGate, signal, onNote, onReport: show },
    };
    const guard = new CheckoutGuard(ground, config);
    await guard.begin({ isRun: false });
    const landings = undo
      ? await takeBack(project, here)
      : pr
        ? await landByRequests(ground, config, chosen, { signal, pollMs, onNote, onReport: show })
        : await landHere(project, chosen, here);
    await guard.look();
    for (const note of guard.notes) out.note(note);
    // Whether somebody is about to work on a track is not known here.
    await tellOfLandings(ground, config, () => false);
    const landed = landings.filter(({ outcome }) => outcome === "landed");
    const names = landed.map(({ track }) => track);
    const isIdle = landings.length === 0 && chosen.length === 0;
    const notes = isIdle ? [nothingReady(ground)] : await putAway(ground, config, names, onNote);
    for (const note of notes) if (!json) onNote(note);
    if (json) out.document({ landings, ...(notes.length === 0 ? {} : { notes }) });
    return signal.aborted ? ExitCode.interrupted : landExitCode(landings);
  },
});

function nothingReady({ store }: Project["ground"]): string {
  const waiting = allTracks(store).filter(({ at }) => at.state === "needs-human");
  if (waiting.length === 0) return "no track is ready; pleach ls shows where they stand";
  const names = waiting.map(({ name }) => name).join(", ");
  return `no track is ready; pleach attention says what to do about ${names}`;
}

/** Between two looks at the forge. */
const pollMs = 15_000;

interface LandingHere extends Omit<LandOptions, "onProgress" | "signal"> {
  readonly signal: AbortSignal;
  readonly onNote: (text: string) => void;
  readonly onReport: (report: LandReport) => void;
}

async function landHere(
  { ground, config }: Project,
  names: readonly TrackName[],
  { onNote, onReport, ...options }: LandingHere,
): Promise<readonly LandReport[]> {
  const queue = new MergeQueue(ground, config, {
    ...options,
    onProgress: (tracks, progress) => {
      const name = tracks.join("+");
      // Several gates may run at once: then each line says whose it is.
      const mark = names.length > 1 ? `${name} | ` : "";
      progressOf(name, onNote, mark)(progress);
    },
  });
  const land = async (name: TrackName): Promise<LandReport> => {
    const report = await queue.land(name);
    onReport(report);
    return report;
  };
  const ended = await Promise.allSettled(names.map(land));
  return ended.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}

async function takeBack(
  { ground, config }: Project,
  { onNote, onReport, ...options }: LandingHere,
): Promise<readonly LandReport[]> {
  const onProgress = progressOf("undo", onNote);
  const report = await undoLastLanding(ground, config, { ...options, onProgress });
  onReport(report);
  return [report];
}

function refuseTogether(given: {
  readonly pr: boolean;
  readonly undo: boolean;
  readonly dryRun: boolean;
  readonly tracks: readonly string[];
}): void {
  if (given.dryRun && (given.pr || given.undo)) {
    throw new PleachError({
      code: "usage/together",
      message: `--dry-run lands nothing, and goes with no ${given.pr ? "--pr" : "--undo"}`,
      hint: "pleach land --dry-run",
      exitCode: ExitCode.usage,
    });
  }
  if (!given.undo || (!given.pr && given.tracks.length === 0)) return;
  throw new PleachError({
    code: "usage/together",
    message: `--undo takes the last landing back, and goes with ${given.pr ? "no --pr" : "no track"}`,
    hint: "pleach land --undo",
    exitCode: ExitCode.usage,
  });
}
