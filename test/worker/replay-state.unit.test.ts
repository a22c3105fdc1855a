import { expect, test } from "vitest";
import type { RecordEvent } from "../../src/agents/record.ts";
import { type ProgramStatus, programSignal } from "../../src/grow/signals/program-signal.ts";
import { signalOfRecord } from "../../src/grow/signals/record-signal.ts";
import {
  type Activity,
  hear,
  type Signal,
  type SignalContent,
  timeAfter,
} from "../../src/worker/signal.ts";
import { stateOf } from "../../src/worker/state.ts";

/*
 * The reports of Claude Code 2.1.329 and Codex 0.169.0 at each turn of events, as observed by OSC
 * 7501 and by their hooks, in the order and with the delays that were measured. Each row ends in
 * the true state.
 */

type Step =
  | readonly [at: number, source: "program", status: Partial<ProgramStatus>]
  | readonly [at: number, source: "hook", activity: Activity]
  | readonly [at: number, source: "transcript", event: RecordEvent];

const hook = (at: number, activity: Activity): Step => [at, "hook", activity];
const wrote = (at: number, event: RecordEvent): Step => [at, "transcript", event];
const osc = (
  at: number,
  state: ProgramStatus["state"],
  more: Partial<ProgramStatus> = {},
): Step => [at, "program", { state, ...more }];
const work: Activity = { says: "working", detail: "" };
const stop: Activity = { says: "turn-ended", detail: "" };
const ask: Activity = { says: "blocked", reason: "permission", detail: "Bash: sleep 2" };
const permission = { kind: "permission", message: "approve Bash: sleep 2" } as const;

/** The events of a record about a turn: its lines come some milliseconds after what they tell. */
const prompted: RecordEvent = { kind: "turn-started" };
const call: RecordEvent = { kind: "tool", tool: "Bash", paths: [], detail: "ls", subAgent: null };
const result: RecordEvent = { kind: "returned", call: "1" };
const broken: RecordEvent = { kind: "interrupted" };
const over: RecordEvent = { kind: "turn-ended", outcome: { kind: "finished" } };
const refused: RecordEvent = { kind: "turn-ended", outcome: { kind: "failed", why: "500" } };

/** The start of a turn: the prompt is taken at 1 s, its hook 20 ms before the report. */
const begun: readonly Step[] = [
  ...[osc(0, "idle"), hook(980, work), osc(1_000, "working")],
  wrote(1_010, prompted),
];
const dialog: readonly Step[] = [
  ...[...begun, osc(2_000, "blocked", permission), hook(2_010, ask)],
  // Recorded after the dialog that the call opened, of which a record knows nothing.
  wrote(2_100, call),
];
const answered = [...dialog, osc(4_000, "working")];

type Hears = Step[1];

function replay(steps: readonly Step[], heard: readonly Hears[]) {
  let signals: readonly Signal[] = hear([], { source: "process", says: "running" }, 0);
  const records = new Map<string, SignalContent | undefined>();
  for (const step of steps) {
    let said: SignalContent | undefined;
    if (!heard.includes(step[1])) continue;
    if (step[1] === "transcript") said = signalOfRecord(step[2]);
    else if (step[1] === "hook") said = { source: "hook", subAgent: null, ...step[2] };
    else {
      const status = { id: "", state: "idle", kind: undefined, message: "", ...step[2] } as const;
      said = programSignal(status, records.get(status.id));
      if (said !== undefined) records.set(status.id, said);
    }
    if (said !== undefined) signals = hear(signals, said, timeAfter(signals, said, step[0]));
  }
  const last = Math.max(...steps.map(([at]) => at));
  const { at, doubt } = stateOf(signals, last + 3_000);
  const reason = "reason" in at ? at.reason : "";
  return { state: `${at.state} ${reason}`.trim(), doubt: doubt?.source };
}

const rows: readonly (readonly [
  moment: string,
  steps: readonly Step[],
  told: string,
  /** The state that hooks alone would give: where they are blind, it is wrong. */
  hooksOnly: string,
  /** The state with the record beside the hooks, where it makes a difference. */
  hooksAndRecord?: string,
])[] = [
  ["start", [osc(0, "idle")], "idle no-prompt", "working"],
  ["prompt taken", begun, "working", "working"],
  ["tool starts", [...begun, hook(1_500, work), osc(1_530, "working")], "working", "working"],
  ["permission dialog", dialog, "blocked permission", "blocked permission"],
  [
    "question",
    [...begun, osc(2_000, "blocked", { kind: "question", message: "Which colour?" })],
    "blocked question",
    "working",
  ],
  ["dialog answered yes", answered, "working", "blocked permission"],
  ["the command it allowed has ended", [...answered, hook(6_100, work)], "working", "working"],
  [
    "turn finished",
    [...begun, hook(5_000, stop), osc(5_040, "done"), wrote(5_050, over)],
    "idle turn-ended",
    "idle turn-ended",
  ],
  [
    "a key after it",
    [...begun, osc(5_000, "done"), osc(9_000, "idle")],
    "idle turn-ended",
    "working",
  ],
  [
    "Esc while streaming, no hook",
    [...begun, osc(3_000, "idle"), wrote(3_009, broken)],
    "idle interrupted",
    "working",
    "idle interrupted",
  ],
  [
    "Esc on a dialog, no hook",
    [...dialog, osc(3_000, "idle"), wrote(3_010, result), wrote(3_013, broken)],
    "idle interrupted",
    "blocked permission",
    "idle interrupted",
  ],
  [
    "Esc on a dialog, by way of working",
    [...dialog, osc(3_000, "working"), osc(3_025, "idle"), wrote(3_030, broken)],
    "idle interrupted",
    "blocked permission",
    "idle interrupted",
  ],
  [
    "a new prompt right after Esc, its record read late",
    [
      ...[...begun, osc(3_000, "idle"), hook(3_200, work), osc(3_210, "working")],
      ...[wrote(3_500, broken), wrote(3_500, prompted)],
    ],
    "working",
    "working",
  ],
  [
    "interrupted, with a hook",
    [...begun, hook(3_000, { says: "interrupted" }), osc(3_010, "idle")],
    "idle interrupted",
    "idle interrupted",
  ],
  [
    "an error of its server",
    [...begun, osc(3_000, "error", { message: "API Error: 500" }), wrote(3_010, refused)],
    "idle error",
    // A weaker source that contradicts raises doubt, and no more.
    "working",
  ],
  [
    "a background job goes on after Stop",
    [
      ...begun,
      osc(2_000, "working", { id: "bu5mf1499", message: "bg job" }),
      hook(3_000, stop),
      osc(3_040, "working", { message: "1 shell still running" }),
    ],
    "working",
    "idle turn-ended",
  ],
  [
    "the background job has ended, and its notice started a turn nobody typed",
    [
      ...begun,
      osc(2_000, "working", { id: "bu5mf1499" }),
      hook(3_000, stop),
      osc(8_000, "clear", { id: "bu5mf1499" }),
      hook(8_100, work),
      osc(8_110, "working"),
    ],
    "working",
    "working",
  ],
  ["a sub-agent is done", [...begun, osc(2_000, "done", { id: "sub-1" })], "working", "working"],
  [
    "exit, before the process ends",
    [...begun, osc(5_000, "done"), osc(6_000, "clear")],
    "idle turn-ended",
    "working",
  ],
];

const stepsOf = (moment: string): readonly Step[] =>
  rows.find(([name]) => name.startsWith(moment))?.[1] ?? [];

const all: readonly Hears[] = ["program", "hook", "transcript"];

test.each(rows.map((row) => [row[0], row] as const))("%s", (_, row) => {
  const [, steps, told, hooksOnly, hooksAndRecord = hooksOnly] = row;
  expect(replay(steps, all).state).toBe(told);
  // The weakest source changes nothing where the strongest tells.
  expect(replay(steps, ["program", "hook"]).state).toBe(told);
  expect(replay(steps, ["hook"]).state).toBe(hooksOnly);
  expect(replay(steps, ["hook", "transcript"]).state).toBe(hooksAndRecord);
});

test("a record alone knows a turn, its break and its error, and nothing of a dialog", () => {
  const alone = (moment: string) => replay(stepsOf(moment), ["transcript"]).state;
  expect(alone("prompt taken")).toBe("working");
  expect(alone("turn finished")).toBe("idle turn-ended");
  expect(alone("Esc while")).toBe("idle interrupted");
  expect(alone("an error of its server")).toBe("idle error");
  expect(alone("permission dialog")).toBe("working");
});

test("a call that a record tells of late raises no doubt of its dialog, but later events do", () => {
  const steps = stepsOf("permission dialog");
  expect(replay(steps, all)).toEqual({ state: "blocked permission", doubt: undefined });
  const later = [...steps, wrote(9_000, result)];
  expect(replay(later, all)).toEqual({ state: "blocked permission", doubt: "transcript" });
});

test("a Stop while a background job runs raises doubt, and nothing more", () => {
  const steps = stepsOf("a background job goes on");
  const known: readonly Hears[] = ["program", "hook"];
  expect(replay(steps, known)).toEqual({ state: "working", doubt: undefined });
  const silent = steps.slice(0, -1);
  expect(replay(silent, known)).toEqual({ state: "working", doubt: "hook" });
});
