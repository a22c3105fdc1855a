import { expect, test } from "vitest";
import { asAccountId, parseSha } from "../../../src/ground/ids.ts";
import type { DoneDecision } from "../../../src/grow/done/done.ts";
import {
  dependsOnPermit,
  type EndedFacts,
  nextTurn,
  type Progress,
  type Surroundings,
  type TurnReason,
} from "../../../src/grow/supervise/next-turn.ts";

const reason: TurnReason = {
  ...{ commit: "agent", missing: undefined, isTold: false, crash: undefined },
};
const account = asAccountId("claude/key");
const calm: Surroundings = { isStopped: false, refused: undefined, account };
const stopped: Surroundings = { ...calm, isStopped: true };
const held = { kind: "hold", account, detail: "closed until 12:00" } as const;
const refused: Surroundings = { ...calm, refused: held };

const quiet: EndedFacts = { crash: undefined, mayGoOn: true, hasMessages: false };
const before: Progress = { kind: "before", reason };
const ended = (facts: Partial<EndedFacts>): Progress => ({
  ...{ kind: "ended", reason, facts: { ...quiet, ...facts } },
});
const judged = (decision: DoneDecision, isClosed = true): Progress => ({
  ...{ kind: "judged", reason, decision, isClosed },
});

const ready = { kind: "ready", tip: parseSha("a".repeat(40)) } as const;
const person = { kind: "needs-human", reason: "not-done", detail: "no commit" } as const;
const remind = { kind: "remind", missing: "commit your work" } as const;
const renew = { kind: "renew", missing: "go on", mark: "m1" } as const;
const hold = { kind: "hold", detail: "a limit" } as const;

test.each([
  ["a turn begins when it may", before, calm, { kind: "begin", reason }],
  ["no turn begins once the supervisor is to end", before, stopped, { kind: "stop" }],
  ["no turn begins while the account is held", before, refused, { kind: "rest", refused: held }],
  ["work is looked at after a turn", ended({}), calm, { kind: "judge" }],
  [
    "a program that was cut off is started again, and told so",
    ended({ crash: "SIGKILL" }),
    calm,
    {
      kind: "again",
      reason: { ...reason, crash: "SIGKILL" },
      event: { type: "worker.crashed", signal: "SIGKILL" },
    },
  ],
  [
    "a message that waits is a turn of its own",
    ended({ hasMessages: true }),
    calm,
    {
      kind: "again",
      reason: { ...reason, isTold: true },
      event: { type: "worker.reminded", missing: "it has mail" },
    },
  ],
  [
    "a message waits while no turn may begin",
    ended({ hasMessages: true }),
    refused,
    { kind: "judge" },
  ],
  [
    "a message to a session that goes no further waits",
    ended({ hasMessages: true, mayGoOn: false }),
    calm,
    { kind: "judge" },
  ],
  [
    "an agent is reminded while it listens",
    judged(remind, false),
    calm,
    {
      kind: "again",
      reason: { ...reason, isTold: true, missing: remind.missing },
      event: { type: "worker.reminded", missing: remind.missing },
    },
  ],
  [
    "an agent that may not be reminded now is ended",
    judged(remind, false),
    refused,
    { kind: "close" },
  ],
  ["an agent is ended before its work counts", judged(ready, false), calm, { kind: "close" }],
  [
    "work is not judged once the supervisor is to end",
    judged(ready, false),
    stopped,
    { kind: "stop" },
  ],
  ["done work ends its worker", judged(ready), calm, { kind: "end", decision: ready }],
  [
    "done work counts although the supervisor is to end",
    judged(ready),
    stopped,
    { kind: "end", decision: ready },
  ],
  [
    "undone work ends its worker for a person",
    judged(person),
    calm,
    { kind: "end", decision: person },
  ],
  [
    "undone work of a stopped worker is no person's matter",
    judged(person),
    stopped,
    { kind: "stop" },
  ],
  [
    "a limit lets the worker rest on its account",
    judged(hold),
    calm,
    { kind: "rest", refused: { ...hold, account } },
  ],
  ["a worker that may not go on rests", judged(remind), refused, { kind: "rest", refused: held }],
  [
    "a full session is followed by a fresh session",
    judged(renew),
    calm,
    { kind: "renew", reason: { ...reason, isTold: true, missing: renew.missing }, mark: "m1" },
  ],
] as const)("%s", (_what, progress, around, step) => {
  expect(nextTurn(progress, around)).toEqual(step);
});

test("whether a turn may begin is asked anew only where the answer decides", () => {
  expect(dependsOnPermit(before)).toBe(true);
  expect(dependsOnPermit(ended({}))).toBe(false);
  expect(dependsOnPermit(ended({ hasMessages: true }))).toBe(true);
  expect(dependsOnPermit(ended({ hasMessages: true, crash: "SIGKILL" }))).toBe(false);
  expect(dependsOnPermit(judged(ready, false))).toBe(true);
  expect(dependsOnPermit(judged(ready))).toBe(false);
});
