import { z } from "zod";
import {
  accountField,
  epochMs,
  kind,
  list,
  nothing,
  oneOf,
  seconds,
  sha,
  text,
  track,
  trackAndWorkerIfAny,
  trackIfAny,
  wholeNumber,
  worker,
} from "./fields.ts";

const figures = {
  tracks: wholeNumber("the number of tracks of the plan"),
  makespanMinutes: z.number(),
  lowerBoundMinutes: z.number(),
};

const message = {
  ...trackIfAny,
  message: wholeNumber("the number of the message"),
  road: text("the road by which it reached the agent").nullable(),
  evidence: text("what shows that it arrived, or why not").nullable(),
};

const ask = { ...worker, ask: wholeNumber("the number of the ask") };
const why = text("the reason, in words");

/** The plan, the run, the accounts, what is said to agents and by them, and what else changed. */
export const runEvents = {
  "plan.made": kind("A run made its first plan.", figures),
  "plan.redone": kind("A track touched paths that no track was predicted to touch.", {
    ...{ ...track, paths: list("the unpredicted paths"), ...figures },
  }),
  "backlog.torn": kind("The backlog cannot be read; nothing new starts.", {
    detail: text("the error, in words"),
  }),
  "backlog.passed-over": kind("Lines of the backlog look like tasks and are none.", {
    lines: list("the lines, each with its number"),
  }),
  "backlog.unclear": kind("An edited task may now be one of several.", {
    task: text("the id of the task"),
    candidates: list("the tasks it may be now"),
  }),
  "run.started": kind("A run began.", nothing),
  "run.warned": kind("Most of the run's budget is used up.", {
    budget: text("the part of the budget, in words"),
  }),
  "run.finished": kind("A run ended.", {
    landed: list("the tracks that landed"),
    commits: z.record(z.string(), z.string().optional()).describe("the commit each landed as"),
    notLanded: z
      .array(
        z.looseObject({
          track: z.string(),
          outcome: oneOf(["needs-human", "failed", "waiting", "growing"]),
          reason: z.string(),
        }),
      )
      .readonly(),
    seconds,
    sequentialSeconds: seconds,
    notes: list("what went wrong beside the work itself"),
    interrupted: z.boolean(),
    usage: z
      .object({
        inputTokens: z.number().nullable(),
        outputTokens: z.number().nullable(),
        costUsd: z.number().nullable(),
      })
      .describe("the use of all agents; null where no agent told"),
  }),
  "account.held": kind("Nothing starts on an account until it opens again.", {
    ...{ ...trackAndWorkerIfAny, account: accountField },
    kind: oneOf(["rate", "usage", "quota", "budget"]),
    why,
    reopens: epochMs.nullable().optional(),
    opens: epochMs.nullable().optional(),
    strikes: wholeNumber("how often the account was found closed").optional(),
  }),
  "account.tried": kind("One track tries a held account.", { ...track, account: accountField }),
  "account.opened": kind("A held account is open again.", {
    ...{ ...trackAndWorkerIfAny, account: accountField },
  }),
  "account.released": kind("Nothing is held back on an account any more.", {
    account: accountField,
  }),
  "ask.raised": kind("An agent waits for an answer.", {
    ...ask,
    what: oneOf(["permission", "question"]),
    tool: text("the tool that needs the permission, or asks"),
    detail: text("the command, the file or the question"),
    answer: text("the command that answers"),
  }),
  "ask.answered": kind("A person answered an ask.", {
    ...ask,
    by: text("who answered"),
    answer: text("the answer, in words"),
    about: text("the ask, in words"),
  }),
  "ask.verified": kind("The agent went on with the answer.", {
    ...{ ...ask, evidence: text("what shows it") },
  }),
  "ask.withdrawn": kind("The agent does not wait for the answer any more.", { ...ask, why }),
  "message.stored": kind("A message was written down.", {
    ...{ ...trackIfAny, message: message.message },
    from: text("the sender: a track, `human`, or Pleach itself"),
    to: text("the receiver: a track, or `human`"),
  }),
  "message.delivered": kind("A message came before the model of an agent.", message),
  "message.acknowledged": kind("The receiver said that it has read a message.", message),
  "message.stuck": kind("Nothing shows that a message arrived, though it was told twice.", message),
  "radar.overlapped": kind("Two tracks came to conflict, and were told.", {
    tracks: list("the two tracks"),
    paths: list("the paths in conflict"),
    held: text("the track that has to land second").optional(),
  }),
  "radar.suspected": kind("Two tracks merge, and may break each other.", {
    tracks: list("the two tracks"),
    hints: list("what may break, in words"),
  }),
  "radar.failed": kind("The radar cannot look.", { why }),
  "look.failed": kind("A look in the background failed, and is tried again.", {
    ...{ what: text("the look"), why },
  }),
  "repository.changed": kind("Git's configuration, hooks or refs changed while workers grew.", {
    paths: list("what changed"),
  }),
  "checkout.changed": kind("The user's checkout changed while workers grew.", {
    ...{ ...trackIfAny, paths: list("the paths") },
    how: text("the evidence that names the track").optional(),
  }),
  "target.moved": kind("The target was moved by no landing.", {
    ...{ ...trackIfAny, target: text("the branch"), from: sha.nullable(), to: sha.nullable() },
  }),
} as const;
