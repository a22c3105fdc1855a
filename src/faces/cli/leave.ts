import { ExitCode, PleachError } from "../../ground/errors.ts";
import type { TrackName } from "../../ground/ids.ts";
import type { Speaker } from "../../grow/speaker.ts";

/*
 * A worker is not the person. What accepts, answers, discards, consents or passes a gate by is a
 * person's word; what is reported of a track is its own worker's. This is the one table of it.
 */

/** Who may say a verb. */
export interface Leave {
  readonly verb:
    | "anybody"
    | "person"
    /** A worker of its own track only. */
    | "own-track"
    /** The same where the verb writes: with one of these options. */
    | { readonly ownTrackWith: readonly string[] }
    /** Anybody, but where the configuration wants a person's review. */
    | "person-under-review";
  /** The options of it that only a person may give. */
  readonly options: readonly string[];
}

const anybody: Leave = { verb: "anybody", options: [] };
const person: Leave = { verb: "person", options: [] };
const anybodyWithout = (...options: readonly string[]): Leave => ({ verb: "anybody", options });

/** Every verb by its name; a test holds it against the verbs and options there are. */
export const leaves: Readonly<Record<string, Leave>> = {
  init: anybodyWithout("--uninstall"),
  plan: anybody,
  run: anybodyWithout("--yes", "--no-gate"),
  start: anybodyWithout("--yes"),
  retry: person,
  ls: anybody,
  status: anybody,
  logs: anybody,
  attach: person,
  attention: anybody,
  answer: person,
  tell: anybody,
  inbox: anybody,
  radar: anybody,
  diff: anybody,
  events: anybody,
  pause: anybody,
  resume: anybodyWithout("--yes"),
  stop: anybody,
  done: { verb: "own-track", options: [] },
  blocked: { verb: "own-track", options: [] },
  handoff: { verb: { ownTrackWith: ["--message", "--file"] }, options: [] },
  land: {
    verb: "person-under-review",
    options: ["--accept-gate", "--no-gate", "--yes", "--undo"],
  },
  race: anybodyWithout("--yes"),
  compare: anybodyWithout("--yes"),
  pick: person,
  drop: person,
  restore: anybody,
  rename: person,
  clean: anybodyWithout("--yes", "--expired"),
  doctor: anybody,
  lab: anybody,
  demo: anybody,
  completion: anybody,
  "merge-driver": anybody,
  "complete-tracks": anybody,
  supervise: anybody,
  hosted: anybody,
  "scripted-agent": anybody,
  where: anybody,
};

/** A command line, as far as it decides who may say it. */
export interface Said {
  readonly verb: string;
  /** The long names of the options that were given. */
  readonly options: readonly string[];
}

/** What a command line asks for that not everybody may say. */
export type Asked =
  | { readonly kind: "nothing" }
  | { readonly kind: "person" | "person-under-review"; readonly words: string }
  | { readonly kind: "own-track"; readonly words: string };

/** Finds what of a command line is not for everybody; a verb that the table lacks is a person's. */
export function askedOf({ verb, options }: Said): Asked {
  const { verb: whole, options: personal } = leaves[verb] ?? person;
  const given = personal.filter((option) => options.includes(option));
  if (given.length > 0) return { kind: "person", words: `pleach ${verb} ${given.join(" ")}` };
  const words = `pleach ${verb}`;
  if (typeof whole === "object") {
    const writes = whole.ownTrackWith.some((option) => options.includes(option));
    return writes ? { kind: "own-track", words } : { kind: "nothing" };
  }
  return whole === "anybody" ? { kind: "nothing" } : { kind: whole, words };
}

export interface Standing {
  readonly speaker: Speaker;
  /** The track that is meant; undefined where none can be told. */
  readonly track: TrackName | undefined;
  /** Whether the configuration wants a person's review before anything lands. */
  readonly isReviewed: boolean;
}

/** Why a command is refused to whoever says it; undefined when it is not. */
export function refusalOf(asked: Asked, { speaker, track, isReviewed }: Standing) {
  if (asked.kind === "nothing" || speaker.kind === "person" || speaker.kind === "unknown") {
    return undefined;
  }
  if (asked.kind === "own-track") {
    if (speaker.kind === "worker" && (track === undefined || track === speaker.track)) {
      return undefined;
    }
    return forAnother(asked.words, speaker, track);
  }
  if (asked.kind === "person-under-review" && !isReviewed) return undefined;
  return notThePerson(asked.words, speaker);
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
