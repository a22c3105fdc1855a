import { z } from "zod";
import { accountField, kind, list, oneOf, sha, text, track, wholeNumber } from "./fields.ts";

const task = z.object({
  id: z.string(),
  text: z.string(),
  details: z.string(),
  line: z.number(),
  headings: list("the headings above the task"),
  explicitId: z.boolean(),
});

const seed = z.object({
  name: z.string(),
  branch: z.string(),
  worktree: z.string(),
  base: sha,
  target: z.string(),
  tasks: z.array(task).readonly(),
  footprint: list("globs of the paths the track is expected to touch"),
  agent: z.string(),
  mode: oneOf(["stream", "terminal"]),
  host: oneOf(["auto", "headless", "tmux"]),
  permissions: oneOf(["ask", "edits", "bypass"]),
  prompt: text("the body of the prompt of a track that was started by hand, else empty"),
});

/** The life of a track. */
export const trackEvents = {
  "track.planned": kind("A track was made from a plan, or by hand.", { ...track, seed }),
  "track.provisioning": kind("Its worktree is being made and set up.", track),
  "track.started": kind("A worker begins, or begins again, on the track.", track),
  "track.ready": kind("The work of the track is done, at this commit.", { ...track, tip: sha }),
  "track.landing": kind("A landing of the track has begun.", { ...track, tip: sha }),
  "track.landed": kind("The work of the track is in the target.", { ...track, commit: sha }),
  "track.late": kind("Commits came onto the branch of a track that had landed.", {
    ...{ ...track, tip: sha, commits: wholeNumber("how many commits the landing did not have") },
  }),
  "track.handed-back": kind("A landing was refused, and its reason goes back to the worker.", {
    ...track,
    kind: oneOf(["conflict", "red"]),
    paths: list("the paths in conflict; empty for a red gate"),
    first: text("the first failure of a red gate").optional(),
  }),
  "track.held": kind("The track begins no turn until its account opens, or another has landed.", {
    ...track,
    detail: text("the reason, in words"),
    account: accountField.optional(),
    behind: track.track.optional(),
  }),
  "track.failed": kind("The track could not be made, or its worker could not be started.", {
    ...{ ...track, reason: text("the reason, in words") },
  }),
  "track.blocked": kind("A person has to decide how the track goes on.", {
    ...track,
    reason: text("the reason, by its name in every JSON document"),
    detail: text("the reason, in words"),
    hint: text("the command to type in this very state").optional(),
  }),
  "track.dropped": kind("The track was given up; its work is kept.", {
    ...{ ...track, rescue: text("the rescue ref; null when there was nothing to keep").nullable() },
  }),
  "track.restored": kind("A dropped track was brought back.", {
    ...{ ...track, worktree: text("the folder of its worktree") },
  }),
  "track.retired": kind("The worktree of a track that is over was put away.", {
    ...track,
    rescue: text("the rescue ref; null when the target had everything").nullable(),
    folder: text("the place where the folder is kept; null when there was no folder").nullable(),
  }),
  "track.refreshed": kind("The worktree of a waiting track was brought onto the target.", {
    ...{ ...track, onto: sha.nullable() },
  }),
} as const;
