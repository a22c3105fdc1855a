import { ExitCode, PleachError } from "./errors.ts";

declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/**
 * A full object id: 40 (SHA-1) or 64 (SHA-256) hex digits. Never abbreviated inside the program.
 */
export type Sha = Brand<string, "Sha">;
/**
 * A path relative to the top of the repository, with `/`, never leading `./`. A name is bytes: a
 * name that is no UTF-8 is spelled as by `decoded` (text.ts), and reaches the system through
 * `encoded` only, which `ground/tree-file.ts` and git's input use.
 */
export type RepoPath = Brand<string, "RepoPath">;
/** A local branch without `refs/heads/`. */
export type BranchName = Brand<string, "BranchName">;
export type TaskId = Brand<string, "TaskId">;
/**
 * A name in lower case, `[a-z0-9]` then `[a-z0-9._-]`, at most 60 characters: safe as folder and
 * ref name.
 */
export type TrackName = Brand<string, "TrackName">;
/** A name with the letters of a track's, and room for its candidates' numbers. */
export type RaceName = Brand<string, "RaceName">;
export type WorkerId = Brand<string, "WorkerId">;
/**
 * The account whose allowance an agent program uses up: the program's name, the kind of its login,
 * and a fingerprint of the login, never the secret itself. Workers with the same account share its
 * limits.
 */
export type AccountId = Brand<string, "AccountId">;
/** The id of one run of a resumable program of steps (a landing, a drop, …). */
export type ProgramId = Brand<string, "ProgramId">;

const shaPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const mostCharacters = 60;
const trackPattern = /^[a-z0-9][a-z0-9._-]{0,59}$/;

/** Accepts only a full object id, so that no abbreviated or symbolic name slips in. */
export function parseSha(text: string): Sha {
  if (!shaPattern.test(text)) throw new Error(`not a full object id: ${JSON.stringify(text)}`);
  return text as Sha;
}

export function isTrackName(text: string): text is TrackName {
  return trackPattern.test(text) && !text.includes("..") && !/\.(?:lock)?$/.test(text);
}

/** Accepts only a track name. @throws PleachError `track/bad-name` (usage) */
export function parseTrackName(text: string): TrackName {
  if (isTrackName(text)) return text;
  throw badName(text, { of: "track", most: mostCharacters });
}

/**
 * Accepts only the name of a race.
 * @throws PleachError `race/bad-name` (usage) when its candidates, `NAME-10`, could not be tracks
 */
export function parseRaceName(text: string): RaceName {
  if (text !== "" && isTrackName(`${text}-10`)) return text as RaceName;
  throw badName(text, { of: "race", most: mostCharacters - "-10".length });
}

function badName(
  text: string,
  { of, most }: { readonly of: "track" | "race"; readonly most: number },
): PleachError {
  return new PleachError({
    code: `${of}/bad-name`,
    message: `${JSON.stringify(text.slice(0, 80))} is not a ${of} name`,
    hint: `use a-z, 0-9, "-", "_" and ".", starting with a letter or digit, at most ${most} characters; for example \`${slug(text, 24)}\``,
    exitCode: ExitCode.usage,
  });
}

/**
 * Makes a track name out of any text: accents go, runs of other characters than a-z or 0-9 become
 * one dash. Never empty.
 */
export function slug(text: string, maxLength = 40): TrackName {
  const plain = text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, maxLength)
    .replace(/-+$/, "");
  return (plain === "" ? "track" : plain) as TrackName;
}

export const asTaskId = (text: string): TaskId => text as TaskId;
export const asRepoPath = (text: string): RepoPath => text as RepoPath;
/** Whether a path is the folder, or below it; everything is below the empty path. */
export const isInside = (path: string, folder: string): boolean =>
  folder === "" || `${path}/`.startsWith(`${folder}/`);
export const asBranchName = (text: string): BranchName => text as BranchName;
export const asAccountId = (text: string): AccountId => text as AccountId;
export const asWorkerId = (text: string): WorkerId => text as WorkerId;

/** Randomness as a port: tests give ids that can be read in a snapshot. */
export interface IdSource {
  worker(): WorkerId;
  program(): ProgramId;
  /** A UUID, for a session of an agent that lets us choose. */
  session(): string;
  /** A UUID, for a message to an agent. */
  utterance(): string;
}
