import { z } from "zod";
import { kind, oneOf, sha, text, trackIfAny, wholeNumber, worker } from "./fields.ts";

const process = z
  .object({
    pid: z.number().int(),
    start: z.string(),
    boot: z.string(),
    space: z.string().optional(),
  })
  .describe("a process for certain: its number, its start, the boot and the PID namespace");

const usage = {
  inputTokens: wholeNumber("tokens in, those read from a cache included"),
  outputTokens: wholeNumber("tokens out"),
  costUsd: z.number().nullable().describe("US dollars; null where the program names no price"),
};

const spending = z.object({
  tokens: z.number(),
  costUsd: z.number(),
  ms: z.number(),
  turns: z.number(),
});

/** The word of one source about a worker; which of the fields there are depends on `says`. */
const said = z.object({
  source: oneOf([
    ...(["process", "supervisor", "report"] as const),
    ...(["stream", "program", "hook", "title", "transcript", "screen"] as const),
  ]),
  says: z.string(),
  subAgent: z.string().nullable().optional(),
  reason: z.string().optional(),
  detail: z.string().optional(),
  code: z.number().optional(),
  signal: z.string().optional(),
  why: z.string().optional(),
});

const why = text("the reason, in words");

/** The life of a worker: one agent at work on one track. */
export const workerEvents = {
  "worker.created": kind("A worker was written down, and is about to be started.", {
    ...worker,
    agent: text("the agent, by its name in the configuration"),
    attempt: wholeNumber("the number of this start on the track, from 1"),
    starter: process,
    refusedTip: sha.nullable(),
    session: z
      .object({ id: z.string(), usage: z.object(usage).nullable() })
      .nullable()
      .describe("the session the agent goes on with"),
    carried: z
      .object({
        before: spending,
        warned: z.boolean(),
        renewals: z.object({ count: z.number(), mark: z.string().nullable() }),
      })
      .optional()
      .describe("taken over from the worker before"),
  }),
  "worker.hosted": kind("The place where the worker runs was chosen.", {
    ...worker,
    host: oneOf(["headless", "tmux"]),
    mode: oneOf(["stream", "terminal"]),
    lost: text("what could not be had there, in a sentence").nullable(),
  }),
  "worker.supervised": kind("The supervisor said who it is.", { ...worker, supervisor: process }),
  "worker.opened": kind("The terminal of the worker can be attached to.", {
    ...{ ...worker, socket: text("the socket of the supervisor") },
  }),
  "worker.closed-in": kind("The terminal of the worker cannot be attached to.", {
    ...{ ...worker, why },
  }),
  "worker.started": kind("The agent runs.", { ...worker, agentProcess: process }),
  "worker.prompted": kind("The supervisor begins a turn.", worker),
  "worker.reminded": kind("The agent was sent on: something is missing.", {
    ...{ ...worker, missing: text("the missing thing, in words") },
  }),
  "worker.reported": kind("The worker said of itself that it is done or blocked.", {
    ...{ ...worker, kind: oneOf(["done", "blocked"]), text: text("its own words") },
  }),
  "worker.signalled": kind("A source told something new about the worker.", {
    ...worker,
    said,
    state: text("the state of the worker, with this word").optional(),
    before: text("the state of the worker before").optional(),
  }),
  "worker.suspected": kind("The worker may not get on; a person should look.", {
    ...worker,
    kind: oneOf(["no-progress", "repeating", "unanswered", "silent"]),
    why,
  }),
  "worker.cleared": kind("The worker gets on again.", worker),
  "worker.misheard": kind("The agent told things that Pleach does not understand.", {
    ...worker,
    count: wholeNumber("how many more"),
    sample: text("the last of them"),
  }),
  "worker.session": kind("The agent named its session.", {
    ...{ ...worker, sessionId: text("the session, as the program names it") },
  }),
  "worker.usage": kind("The agent used tokens since the last such event.", {
    ...worker,
    ...usage,
    session: z.object(usage).describe("the total of the session").optional(),
  }),
  "worker.limited": kind("The agent met a limit of its account.", {
    ...worker,
    limit: oneOf(["rate", "usage", "quota"]),
    why,
    reopens: text("when the account opens again, in ISO 8601").nullable(),
  }),
  "worker.denied": kind("A permission that the agent needed was denied.", {
    ...{ ...worker, tool: text("the tool"), why },
  }),
  "worker.warned": kind("Most of the worker's budget is used up.", {
    ...{ ...worker, budget: text("the part of the budget, in words") },
  }),
  "worker.renewed": kind("A fresh session follows one that is full.", {
    ...worker,
    count: wholeNumber("the number of fresh sessions so far"),
    mark: text("where the work stood"),
  }),
  "worker.spent": kind("The session of the agent goes no further.", { ...worker, why }),
  "worker.ended": kind("The agent ended by itself.", { ...worker, code: wholeNumber("exit code") }),
  "worker.killed": kind("The agent was ended by a signal.", {
    ...{ ...worker, signal: text("the signal") },
  }),
  "worker.crashed": kind("A signal ended the agent amid its work; it is started again.", {
    ...{ ...worker, signal: text("the signal") },
  }),
  "worker.paused": kind("A person paused or stopped the worker.", worker),
  "worker.lost": kind("The processes of the worker are gone without a recorded end.", worker),
  "worker.unknown": kind("The processes of the worker cannot be looked at.", { ...worker, why }),
  "worker.overreached": kind("A worker said a command that only a person may say.", {
    ...{ ...trackIfAny, said: text("the command line") },
  }),
} as const;
