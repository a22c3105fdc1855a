import { z } from "zod";
import {
  kind,
  list,
  programId,
  raceName,
  seconds,
  sha,
  text,
  track,
  trackIfAny,
  wholeNumber,
} from "./fields.ts";

const gate = {
  ...trackIfAny,
  landing: programId,
  tracks: z.array(track.track).readonly().describe("the tracks that are gated together"),
  as: text("the place of the gate in the queue; `base`: the target's own tip"),
  tree: sha,
};

const ended = {
  ...track,
  union: list("the tracks that landed together").optional(),
  outcome: text("how the landing ended"),
  seconds: seconds.optional(),
  flaky: z.literal(true).optional(),
  allowed: list("the failures that the target has as well").optional(),
  reason: text("the reason, by its name in every JSON document").optional(),
  detail: text("the reason, in words").optional(),
  onto: sha.optional(),
  commit: sha.optional(),
  deciding: text("the changed path that the gate reads to decide").optional(),
  owed: list("the ticks of tasks that are still owed, in words").optional(),
  tree: sha.optional(),
  paths: list("the paths that changed, at most 100"),
};

const request = {
  ...track,
  number: wholeNumber("the number of the pull request"),
  url: text("the address of the pull request"),
  head: text("the branch of the track"),
  base: text("the branch that the request is to be merged into"),
  baseTip: sha.nullable(),
  pushed: sha,
};

/** Gates, landings, pull requests, races, and the rescue of work. */
export const landingEvents = {
  "gate.started": kind("A gate began.", gate),
  "gate.passed": kind("A gate is green.", { ...gate, seconds }),
  "gate.failed": kind("A gate is red.", {
    ...{ ...gate, seconds },
    outcome: text("how the gate ended").optional(),
    failures: wholeNumber("the number of failed tests").optional(),
  }),
  "gate.excused": kind("A gate fails nothing but what the target fails as well.", {
    ...{ ...gate, seconds, failures: wholeNumber("the number of failed tests") },
  }),
  "gate.wavered": kind("A gate failed on this very tree before, and passes now.", gate),
  "landing.landed": kind("A landing ended in the target.", ended),
  "landing.stopped": kind("A landing ended without landing.", ended),
  "landing.undone": kind("A landing was taken back.", {
    ...{ ...track, by: text("the track that took it back"), commit: sha },
  }),
  "request.opened": kind("A pull request was opened.", request),
  "request.pushed": kind("The branch of a pull request was pushed again.", request),
  "request.restacked": kind("A pull request was put onto another base.", request),
  "request.merged": kind("A pull request was merged.", request),
  "request.closed": kind("A pull request was closed without being merged.", request),
  "race.started": kind("Several tracks attempt the same work.", {
    ...{ race: raceName, candidates: list("the tracks") },
  }),
  "race.picked": kind("One candidate of a race has landed.", {
    ...{ race: raceName, ...track },
    dropped: list("the candidates that were dropped"),
    left: list("the candidates that could not be dropped"),
  }),
  "drop.refused": kind("A track could not be put away.", {
    ...{ ...track, reason: text("the reason, in words") },
  }),
  "restore.refused": kind("A track could not be brought back.", {
    ...{ ...track, reason: text("the reason, in words") },
  }),
  "clean.finished": kind("Worktrees that are safe to put away were put away.", {
    retired: list("the tracks whose worktree was put away"),
    deleted: list("the kept folders that were deleted"),
  }),
} as const;
