import type { BranchName, Sha, TrackName } from "../ground/ids.ts";
import { plain, plainLine } from "../ground/text.ts";
import { shorten } from "../land/weave/squash.ts";
import { intentOf } from "../track/intent.ts";
import type { Track } from "../track/track.ts";

/** A pull request that stands for a track at a forge. */
export interface PullRequest {
  readonly track: TrackName;
  readonly number: number;
  readonly url: string;
  readonly head: BranchName;
  /**
   * The branch the request is to be merged into: the target, or the branch of the request below.
   */
  readonly base: BranchName;
  /** The tip of that branch when this request was pushed; null when it is the target. */
  readonly baseTip: Sha | null;
  /** The tip the forge has, as pushed from here. */
  readonly pushed: Sha;
}

/** The state of a request at its forge. */
export type ForgeSaid =
  | { readonly state: "open"; readonly base: BranchName }
  | { readonly state: "merged" }
  | { readonly state: "closed" };

/** A track on its way through a forge, as it is now. */
export interface RequestCandidate {
  readonly track: TrackName;
  readonly branch: BranchName;
  readonly tip: Sha;
  readonly since: number;
  /** The tracks whose tips are among its ancestors without being in the target, nearest last. */
  readonly below: readonly TrackName[];
}

/** Sorts requests: each comes after those it stands on; else the older first. Pure. */
export function requestsInOrder(
  candidates: readonly RequestCandidate[],
): readonly RequestCandidate[] {
  return candidates.toSorted(
    (a, b) => a.below.length - b.below.length || a.since - b.since || (a.track < b.track ? -1 : 1),
  );
}

/**
 * Finds the branch a request is to be merged into: that of the nearest open request below, else the
 * target.
 */
export function baseOf(
  candidate: RequestCandidate,
  all: readonly RequestCandidate[],
  target: BranchName,
): BranchName {
  const nearest = candidate.below.at(-1);
  return all.find(({ track }) => track === nearest)?.branch ?? target;
}

export type RequestAction =
  | { readonly kind: "open" }
  /** The forge has merged the request: follow with the target, and land the rest here. */
  | { readonly kind: "settle" }
  /** The request was closed: a person has to decide about the track. */
  | { readonly kind: "give-up" }
  /** The request below is gone: rebase onto the new base, and push. */
  | { readonly kind: "restack" }
  | { readonly kind: "push" }
  | { readonly kind: "wait" };

/** Decides the next action for one track. Pure. */
export function nextRequestAction(now: {
  readonly request: PullRequest | undefined;
  readonly seen: ForgeSaid | undefined;
  readonly tip: Sha;
  readonly base: BranchName;
}): RequestAction {
  const { request, seen, tip, base } = now;
  if (request === undefined || seen === undefined) return { kind: "open" };
  if (seen.state === "merged") return { kind: "settle" };
  if (seen.state === "closed") return { kind: "give-up" };
  if (request.base !== base || seen.base !== base) return { kind: "restack" };
  return request.pushed === tip ? { kind: "wait" } : { kind: "push" };
}

/**
 * Titles a request by the track's tasks; without any, by its first words, else by its name. Pure.
 */
export function requestTitle(track: Track): string {
  return shorten(intentOf(track));
}

/**
 * Writes the body of a request: the worker's summary, the tasks with their details, and the track's
 * name. Pure.
 */
export function requestBody(track: Track, summary: string | undefined): string {
  const tasks = track.tasks.map(({ id, text, details, explicitId }) => {
    const named = explicitId ? `**${plainLine(id)}** ` : "";
    const more = plain(details).trim();
    const quoted =
      more === ""
        ? ""
        : `\n${more
            .split("\n")
            .map((line) => `  ${line}`)
            .join("\n")}`;
    return `- ${named}${plainLine(text)}${quoted}`;
  });
  const parts = [
    ...(summary === undefined || summary.trim() === "" ? [] : [plain(summary).trim()]),
    ...(tasks.length === 0 ? [plain(track.prompt).trim()] : [`## Tasks\n\n${tasks.join("\n")}`]),
    `Pleach-Track: ${track.name}`,
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}
