import { z } from "zod";
import { ExitCode, messageOf, PleachError } from "../../ground/errors.ts";
import { isTrackName, type Sha, type TrackName } from "../../ground/ids.ts";
import { hostWishes } from "../../hosts/host.ts";
import type { Track } from "../../track/track.ts";

/*
 * A rescue ref, refs/pleach/rescue/<track>/<time>, names a commit made like a stash:
 *
 *   tree      every file of the worktree as it lay on the disk, untracked ones included, byte for
 *             byte: no line endings converted, no filter run
 *   parent 1  HEAD (the base of the track if its branch had no commit)
 *   parent 2  the record: a commit whose tree has `index/` (the index), `stage1/` to `stage3/` (the
 *             sides of conflicts), `index.entries` and `index.intent` (the index to the letter) and
 *             `record.json`; its parents are the tip of the branch and each commit that only a
 *             reflog of the worktree still named
 *
 * Plain git reads it: `git show REF`, `git diff REF^1 REF`, `git checkout REF -- .`.
 */

const notHeldSchema = z.object({
  path: z.string(),
  kind: z.enum(["ignored", "repository", "submodule", "special"]),
  bytes: z.number(),
});
/** A path that is in the kept folder, but not in the ref. */
export type NotHeld = z.infer<typeof notHeldSchema>;

const sha = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);

const time = z.string().regex(/^\d{8}T\d{9}Z$/);
/** A name that git takes for a branch; no path that leads elsewhere matches. */
const branchName = z
  .string()
  .regex(/^(?![-/.])(?!.*(?:\.\.|\/\/|@\{|\/\.|\.lock(?:\/|$)))[^\0-\x20\x7f~^:?*[\\]+(?<![/.])$/);
const isHead = (ref: string): boolean =>
  ref.startsWith("refs/heads/") && branchName.safeParse(ref.slice("refs/heads/".length)).success;
const operation = z.string().regex(/^[a-z -]{1,40}$/);

const taskSchema = z.object({
  id: z.string(),
  text: z.string(),
  details: z.string(),
  line: z.number(),
  headings: z.array(z.string()),
  explicitId: z.boolean(),
});

/**
 * Everything of a track that comes back with it: anybody who can write refs may have written this.
 */
const seedSchema = z.looseObject({
  name: z.string().refine(isTrackName),
  branch: branchName,
  worktree: z.string().regex(/^\/[^\0]*$/),
  base: sha,
  target: branchName,
  tasks: z.array(taskSchema),
  footprint: z.array(z.string()),
  agent: z.string(),
  mode: z.enum(["stream", "terminal"]),
  host: z.enum(hostWishes),
  permissions: z.enum(["ask", "edits", "bypass"]),
  prompt: z.string(),
  createdAt: z.number(),
});

const recordSchema = z.object({
  schema: z.literal(1),
  track: z.string().refine(isTrackName),
  time,
  /** The branch of the track, and its tip; null when there was none. */
  branch: branchName,
  tip: sha.nullable(),
  head: sha.nullable(),
  headRef: z
    .string()
    .refine((ref) => isHead(ref))
    .nullable(),
  inProgress: operation.nullable(),
  notHeld: z.array(notHeldSchema),
  seed: seedSchema,
});

/** The content of `record.json`, and the knowledge of each worktree that was put away. */
export interface RescueRecord {
  readonly schema: 1;
  readonly track: TrackName;
  readonly time: string;
  readonly branch: string;
  readonly tip: Sha | null;
  readonly head: Sha | null;
  readonly headRef: string | null;
  readonly inProgress: string | null;
  readonly notHeld: readonly NotHeld[];
  /** The track as it was. */
  readonly seed: Track;
}

/** @throws PleachError `rescue/unreadable` */
export function parseRecord(text: string, ref: string): RescueRecord {
  try {
    return recordSchema.parse(JSON.parse(text)) as unknown as RescueRecord;
  } catch (error) {
    throw new PleachError({
      code: "rescue/unreadable",
      message: `${ref} was not written by pleach: ${messageOf(error).split("\n")[0]}`,
      hint: `its files, if any, are in its tree: git checkout ${ref} -- .`,
      exitCode: ExitCode.failed,
      cause: error,
    });
  }
}

const refPrefix = "refs/pleach/rescue/";

export function rescueRef(track: TrackName, time: string): string {
  return `${refPrefix}${track}/${time}`;
}

/**
 * Formats a time as `20261121T093000123Z`: it sorts by time, and is safe in a ref and in a file
 * name.
 */
export function formatTime(now: number): string {
  return new Date(now).toISOString().replace(/[-:.]/g, "");
}

/**
 * The names by which a person may call a rescue: its ref, `<track>/<time>`, or the track for its
 * newest.
 */
export type RescueName = { readonly track: TrackName; readonly time: string | undefined };

/** @returns undefined when the text is none of these */
export function parseRescueName(text: string): RescueName | undefined {
  const plain = text.startsWith(refPrefix) ? text.slice(refPrefix.length) : text;
  const [track = "", time, ...more] = plain.split("/");
  if (!isTrackName(track) || more.length > 0) return undefined;
  if (time !== undefined && !/^\d{8}T\d{9}Z$/.test(time)) return undefined;
  return { track, time };
}

export function rescueMessage(record: RescueRecord, ref: string): string {
  const held = record.notHeld.length;
  return `Rescue track ${record.track}

The tree is the worktree as it lay on the disk, untracked files included.
Parent 1 is its HEAD, parent 2 its index and the commits of its branch.
${held === 0 ? "" : `${held} ignored or nested paths are not in it; record.json in parent 2 lists them.\n`}
To bring it back:  pleach restore ${ref}
With git alone:    git checkout ${ref} -- .
`;
}
