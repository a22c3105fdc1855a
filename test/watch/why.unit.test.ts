import { expect, test } from "vitest";
import { asWorkerId, parseTrackName } from "../../src/ground/ids.ts";
import { formatWhy, listEvidence } from "../../src/watch/why.ts";
import { hear, type Signal, type SignalContent } from "../../src/worker/signal.ts";
import type { Worker } from "../../src/worker/worker.ts";
import { restated } from "../../src/worker/worker-transition.ts";

const paper = { width: 90, color: false };
const told: readonly (readonly [at: number, said: SignalContent])[] = [
  [0, { source: "process", says: "running" }],
  [1_000, { source: "hook", subAgent: "a-1", says: "working", detail: "Read x" }],
  [2_000, { source: "program", subAgent: null, says: "working", detail: "\x1b[31mnpm\ntest" }],
  [60_000, { source: "hook", subAgent: null, says: "blocked", reason: "permission", detail: "rm" }],
];
const signals = told.reduce<readonly Signal[]>((kept, [at, said]) => hear(kept, said, at), []);
const bare = { id: asWorkerId("w_1"), track: parseTrackName("auth"), signals };
const worker = restated(bare as unknown as Worker, 120_000);

test("the deciding source stands first, the others by rank with their weights", () => {
  expect(formatWhy(worker, 120_000, paper)).toEqual([
    "worker w_1 is working since 1m58s, by: program",
    "  decides   program      working: \\x1b[31mnpm ⏎ test (1m58s ago)",
    "  agrees    process      its process runs (2m00s ago)",
    "  suspects  hook         waits (permission): rm (1m00s ago)",
    "  apart     hook a-1     working: Read x (1m59s ago)",
    "  in doubt: hook has told otherwise for 1m00s",
  ]);
});

test("a program reads the same evidence", () => {
  expect(listEvidence(worker, 120_000)).toMatchObject([
    { weight: "decides", source: "program", at: 2_000, says: "working" },
    { weight: "agrees", source: "process" },
    { weight: "suspects", source: "hook", says: "blocked", reason: "permission" },
    { weight: "apart", source: "hook", subAgent: "a-1" },
  ]);
});
