import { ExitCode, PleachError } from "../ground/errors.ts";
import type { TrackName } from "../ground/ids.ts";
import type { Speaker } from "../worker/speaker.ts";
import { type DescribedVerb, type Leave, type When, waiting } from "./described-verb.ts";
import { registry } from "./registry.ts";

/*
 * A worker is not the person. What accepts, answers, discards, consents, or passes a gate or a
 * decision by is a person's word; what is reported of a track is its own worker's. The registry says
 * which verbs and options those are.
 */

/** A command line, as far as it decides who may say it. */
export interface SaidCommand {
  readonly verb: string;
  /** The long names of the options that were given. */
  readonly options: readonly string[];
  /** The tracks it names. */
  readonly named: readonly string[];
}

/** The rules that may hold for a command line; the repository tells whether they do. */
export interface AskedLeave {
  readonly verb: string;
  readonly person: readonly When[];
  readonly ownTrack: readonly When[];
}

const unlisted: Pick<DescribedVerb, "leave"> = { leave: { person: ["always"] } };

/** Finds the rules that a command line meets; undefined when anybody may say all of it. */
export function askedOf({ verb, options, named }: SaidCommand): AskedLeave | undefined {
  // A verb that the registry lacks is a person's.
  const { leave } = registry.find(({ name }) => name === verb) ?? unlisted;
  const may = (when: When): boolean => {
    if (when.startsWith("--")) return options.includes(when);
    return when !== "for human" || named.includes("human");
  };
  const { person = [], ownTrack: own_ = [] } = leave as Leave;
  const [mine, own] = [person, own_].map((all) => all.filter(may));
  if (mine === undefined || own === undefined || mine.length + own.length === 0) return undefined;
  return { verb, person: mine, ownTrack: own };
}

export interface LeaveStanding {
  readonly speaker: Speaker;
  /** The track that is meant; undefined where none can be told. */
  readonly track: TrackName | undefined;
  /** Whether the configuration wants a person's review before anything lands. */
  readonly isReviewed: boolean;
  /** Whether a track that is named waits for a person's decision. */
  readonly isWaiting: boolean;
}

/** Why a command is refused to whoever says it; undefined when it is not. */
export function leaveRefusal(asked: AskedLeave, standing: LeaveStanding): Refusal | undefined {
  const { speaker, track, isReviewed, isWaiting } = standing;
  if (speaker.kind === "person" || speaker.kind === "unknown") return undefined;
  const { verb, person: personal, ownTrack } = asked;
  const held = personal.filter(
    (when) => (when !== "under review" || isReviewed) && (when !== waiting || isWaiting),
  );
  if (held.length > 0) {
    const words = held.filter((when) => when !== "always");
    const said = [`pleach ${verb}`, ...words].join(" ");
    return { said, error: notThePerson(said, speaker) };
  }
  if (ownTrack.length === 0) return undefined;
  const isOwn = speaker.kind === "worker" && (track === undefined || track === speaker.track);
  if (isOwn) return undefined;
  const said = `pleach ${verb}`;
  return { said, error: forAnother(said, speaker, track) };
}

export interface Refusal {
  /** The refused part of the command line. */
  readonly said: string;
  readonly error: PleachError;
}

type Refused = Exclude<Speaker, { kind: "person" | "unknown" }>;

/** The refusal of a person's word to a worker. */
export function notThePerson(words: string, speaker: Refused): PleachError {
  return new PleachError({
    code: "speaker/not-the-person",
    message: `\`${words}\` is for the person in charge to say, and this is ${nameOf(speaker)}`,
    hint: 'pleach tell human "what you need, and why" puts it before them',
    exitCode: ExitCode.needsHuman,
  });
}

function forAnother(words: string, speaker: Refused, track: TrackName | undefined): PleachError {
  const about = track === undefined ? "" : ` of track ${track}`;
  const other = track ?? "TRACK";
  return new PleachError({
    code: "speaker/another-track",
    message: `\`${words}\`${about} is for its own worker to say, and this is ${nameOf(speaker)}`,
    hint: `pleach tell ${other} "…" says something to its worker`,
    exitCode: ExitCode.needsHuman,
  });
}

function nameOf(speaker: Refused): string {
  return speaker.kind === "worker"
    ? `the worker of track ${speaker.track} (${speaker.evidence})`
    : `a setup or gate that Pleach runs (${speaker.evidence})`;
}
