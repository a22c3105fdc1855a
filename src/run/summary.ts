import { shortIds } from "../backlog/short-id.ts";
import { ExitCode } from "../ground/errors.ts";
import type { Sha, TaskId, TrackName } from "../ground/ids.ts";
import type { JournalEntry } from "../ground/journal/event.ts";
import { cut, type Paper, paint, type Style } from "../ground/paper.ts";
import { plainLine } from "../ground/text.ts";
import { isLive, type Track } from "../track/track.ts";
import { afterRestore, formatChoices, hintFor } from "../watch/choices.ts";
import { formatElapsed } from "../watch/live.ts";
import type { Account } from "./cost.ts";
import type { Unstarted } from "./run-state.ts";

/** The end of a run: the landed tracks, the others with their reasons, and the cost. */
export interface Summary extends Account {
  readonly landed: readonly {
    readonly track: TrackName;
    readonly commit: Sha;
    readonly tasks: readonly TaskId[];
  }[];
  readonly notLanded: readonly NotLanded[];
  /** Tracks that wait for a person's choice. */
  readonly waitingForYou: readonly Track[];
  /** Troubles beside the work itself: a worktree that could not be put away, for example. */
  readonly notes: readonly string[];
  /** Whether the user stopped the run before everything was done. */
  readonly interrupted: boolean;
}

export interface NotLanded {
  /** The track; a task that got none stands under its own id. */
  readonly track: string;
  readonly outcome: "needs-human" | "failed" | "waiting" | "growing";
  readonly reason: string;
  /** The command to type, where that is known. */
  readonly hint?: string;
}

export interface RunEnding {
  /** When the run began, in epoch milliseconds. */
  readonly from: number;
  /** All tracks, as they stand at the run's end. */
  readonly tracks: readonly Track[];
  /** The tracks that landed in this run. */
  readonly landedNow: ReadonlySet<TrackName>;
  /** The reason why the orchestrator could not act on a track, by track. */
  readonly stuck: ReadonlyMap<TrackName, string>;
  /** Workers' questions to a person, and the way to answer, by track. */
  readonly asking?: ReadonlyMap<TrackName, { readonly asks: string; readonly hint: string }>;
  /** Tasks that no track was started for, with the reason. */
  readonly unstarted: readonly Unstarted[];
  readonly account: Account;
  /** The race a track runs in, by track. */
  readonly races: ReadonlyMap<TrackName, string>;
  /** Changes where workers should change nothing, a sentence each. */
  readonly changes: readonly string[];
  readonly interrupted: boolean;
  /** The sentence for a run that had nothing to do at all. */
  readonly idle: string;
}

export function summarise(ending: RunEnding): Summary {
  const { tracks, landedNow } = ending;
  const landed = tracks.flatMap(({ name, at, tasks }) =>
    at.state === "landed" && landedNow.has(name)
      ? [{ track: name, commit: at.commit, tasks: tasks.map((task) => task.id) }]
      : [],
  );
  const waiting = ending.unstarted.map(({ task, reason }) => ({
    track: task,
    outcome: "waiting" as const,
    reason,
  }));
  // A failure before this run is history: its tasks were planned again.
  const seen = tracks.filter(({ at, since }) => at.state !== "failed" || since >= ending.from);
  const unfinished = seen.flatMap((track) => {
    const asks = ending.asking?.get(track.name);
    const found =
      asks === undefined
        ? notLanded(track, ending.stuck.get(track.name), ending.races.get(track.name))
        : needing(track.name, `asks (${asks.asks}): ${asks.hint}`, asks.hint);
    return found === undefined ? [] : [found];
  });
  const left = [...unfinished, ...waiting];
  const isIdle = landed.length + left.length === 0 && !ending.interrupted;
  return {
    landed,
    notLanded: left,
    waitingForYou: tracks.filter(({ at }) => at.state === "needs-human"),
    notes: [
      ...tracks.flatMap((track) => {
        const stuck = ending.stuck.get(track.name);
        return stuck === undefined || isLive(track) ? [] : [`${track.name}: ${stuck}`];
      }),
      ...ending.changes,
      ...(isIdle ? [ending.idle] : []),
    ],
    interrupted: ending.interrupted,
    ...ending.account,
  };
}

function notLanded(
  track: Track,
  stuck: string | undefined,
  race: string | undefined,
): NotLanded | undefined {
  const { name, at } = track;
  if (stuck !== undefined && isLive(track)) {
    return { track: name, outcome: "failed", reason: stuck };
  }
  switch (at.state) {
    case "landed":
    case "dropped":
      return undefined;
    case "failed":
      return { track: name, outcome: "failed", reason: at.reason };
    case "needs-human":
      return needing(name, `${at.reason}: ${at.detail}`, hintFor(track));
    case "restored":
      return needing(name, "restored, and not started again", afterRestore(name));
    case "handed-back":
      return { track: name, outcome: "waiting", reason: handedBack(at) };
    case "held":
      return { track: name, outcome: "waiting", reason: `held: ${at.detail}` };
    case "ready":
      return needing(name, `ready: ${nextFor(name, race)}`, nextFor(name, race));
    case "planned":
    case "provisioning":
    case "growing":
    case "landing":
      return { track: name, outcome: "growing", reason: `still ${at.state}` };
  }
}

const handedBack = ({ kind, first }: { readonly kind: string; readonly first?: string }): string =>
  first === undefined ? `handed back (${kind})` : `handed back (${kind}): ${first}`;

const needing = (track: TrackName, reason: string, hint: string | undefined): NotLanded => ({
  ...{ track, outcome: "needs-human", reason },
  ...(hint === undefined ? {} : { hint }),
});

const nextFor = (name: TrackName, race: string | undefined): string =>
  race === undefined ? `pleach land ${name}` : `pleach compare ${race}, then pleach pick ${name}`;

/**
 * Formats the landed tracks with their commits, the others with their reasons, and the cost. Pure.
 */
export function formatSummary(summary: Summary, paper: Paper): readonly string[] {
  const { landed, notLanded } = summary;
  const width = Math.max(0, ...[...landed, ...notLanded].map(({ track }) => track.length));
  const short = shortIds([
    ...landed.flatMap(({ tasks }) => tasks),
    ...notLanded.map(({ track }) => track),
  ]);
  const row = (mark: string, style: Style, track: string, text: string): string =>
    `${paint(mark, style, paper)} ${track.padEnd(width)}  ${cut(plainLine(text), Math.max(20, paper.width - width - 4))}`;
  const isEmpty = landed.length + notLanded.length === 0;
  const figures = `${landed.length} landed, ${notLanded.length} not; ${formatTime(summary)}`;
  return [
    "",
    ...landed.map(({ track, commit, tasks }) =>
      row("landed ", "green", track, `${commit.slice(0, 9)}  ${tasks.map(short).join(", ")}`),
    ),
    ...notLanded.map(({ track, outcome, reason }) =>
      row(marks[outcome], outcome === "failed" ? "red" : "yellow", short(track), reason),
    ),
    ...(isEmpty ? [] : ["", figures]),
    ...summary.notes.map((note) => `note: ${plainLine(note)}`),
    ...summary.waitingForYou.flatMap((track) => ["", ...formatChoices(track, paper)]),
    ...(summary.interrupted
      ? ["interrupted: workers grow on; `pleach run` goes on from here"]
      : []),
  ];
}

const marks: { readonly [Outcome in NotLanded["outcome"]]: string } = {
  "needs-human": "you    ",
  failed: "failed ",
  waiting: "waits  ",
  growing: "grows  ",
};

/** Chooses the exit code: 3 if any track needs a human, else 1 if any has not landed, else 0. */
export function exitCodeOfRun({ notLanded, interrupted }: Summary): ExitCode {
  if (interrupted) return ExitCode.interrupted;
  if (notLanded.some(({ outcome }) => outcome === "needs-human")) return ExitCode.needsHuman;
  return notLanded.length > 0 ? ExitCode.failed : ExitCode.ok;
}

/** Builds the `run.finished` line of `run --json`. */
export function formatFinished(
  summary: Summary,
): Extract<JournalEntry, { readonly type: "run.finished" }> {
  return {
    type: "run.finished",
    landed: summary.landed.map(({ track }) => track),
    commits: Object.fromEntries(summary.landed.map(({ track, commit }) => [track, commit])),
    notLanded: summary.notLanded.map((one) => ({ ...one })),
    seconds: round(summary.seconds),
    sequentialSeconds: round(summary.sequentialSeconds),
    notes: [...summary.notes],
    interrupted: summary.interrupted,
    // Asked for, and unknown where no agent told.
    usage: { inputTokens: null, outputTokens: null, costUsd: null, ...summary.usage },
  };
}

/** Says how long a run took, and how long its work would have taken one after the other. */
function formatTime({ seconds, sequentialSeconds }: Summary): string {
  const clock = `${formatElapsed(seconds * 1_000)} by the clock`;
  // Less than a second of work on tracks is none: a ratio of it says nothing.
  if (sequentialSeconds < 1 || seconds <= 0) return `no track was worked on (${clock})`;
  const gain = (sequentialSeconds / seconds).toFixed(1);
  return `${clock}, ${formatElapsed(sequentialSeconds * 1_000)} one after the other (${gain} times as long)`;
}

const round = (seconds: number): number => Math.round(seconds * 10) / 10;
