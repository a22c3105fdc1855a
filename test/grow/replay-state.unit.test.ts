import { expect, test } from "vitest";
import { type ProgramStatus, programSignal } from "../../src/grow/program-signal.ts";
import { type Activity, hear, type Said, type Signal, timeAfter } from "../../src/grow/signal.ts";
import { stateOf } from "../../src/grow/state.ts";

/*
 * What Claude Code 2.1.329 and Codex 0.169.0 were seen to tell at each turn of events, by OSC 7501
 * and by their hooks, in the order and with the delays that were measured. Each row ends in the
 * state that is true.
 */

type Step =
  | readonly [at: number, source: "program", status: Partial<ProgramStatus>]
  | readonly [at: number, source: "hook", activity: Activity];

const hook = (at: number, activity: Activity): Step => [at, "hook", activity];
const osc = (
  at: number,
  state: ProgramStatus["state"],
  more: Partial<ProgramStatus> = {},
): Step => [at, "program", { state, ...more }];
const work: Activity = { says: "working", detail: "" };
const stop: Activity = { says: "turn-ended", detail: "" };
const ask: Activity = { says: "blocked", reason: "permission", detail: "Bash: sleep 2" };
const permission = { kind: "permission", message: "approve Bash: sleep 2" } as const;

/** The prompt is taken at 1 s, its hook 20 ms before the report. */
const begun: readonly Step[] = [osc(0, "idle"), hook(980, work), osc(1_000, "working")];
const dialog: readonly Step[] = [...begun, osc(2_000, "blocked", permission), hook(2_010, ask)];
const answered = [...dialog, osc(4_000, "working")];

function replay(steps: readonly Step[], withProgram: boolean) {
  let signals: readonly Signal[] = hear([], { source: "process", says: "running" }, 0);
  const records = new Map<string, Said | undefined>();
  for (const step of steps) {
    let said: Said | undefined;
    if (step[1] === "hook") said = { source: "hook", subAgent: null, ...step[2] };
    else if (withProgram) {
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
  /** What hooks alone would have it be: where they are blind, it is wrong. */
  hooksOnly: string,
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
    [...begun, hook(5_000, stop), osc(5_040, "done")],
    "idle turn-ended",
    "idle turn-ended",
  ],
  [
    "a key after it",
    [...begun, osc(5_000, "done"), osc(9_000, "idle")],
    "idle turn-ended",
    "working",
  ],
  ["Esc while streaming, no hook", [...begun, osc(3_000, "idle")], "idle interrupted", "working"],
  [
    "Esc on a dialog, no hook",
    [...dialog, osc(3_000, "idle")],
    "idle interrupted",
    "blocked permission",
  ],
  [
    "Esc on a dialog, by way of working",
    [...dialog, osc(3_000, "working"), osc(3_025, "idle")],
    "idle interrupted",
    "blocked permission",
  ],
  [
    "interrupted, with a hook",
    [...begun, hook(3_000, { says: "interrupted" }), osc(3_010, "idle")],
    "idle interrupted",
    "idle interrupted",
  ],
  [
    "an error of its server",
    [...begun, osc(3_000, "error", { message: "API Error: 500" })],
    "idle error",
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

test.each(rows)("%s", (_, steps, told, hooksOnly) => {
  expect(replay(steps, true).state).toBe(told);
  expect(replay(steps, false).state).toBe(hooksOnly);
});

test("a Stop while a background job runs is doubt, and nothing more", () => {
  const [, steps] = rows.find(([moment]) => moment.startsWith("a background job goes on")) ?? [];
  expect(replay(steps ?? [], true)).toEqual({ state: "working", doubt: undefined });
  const silent = (steps ?? []).slice(0, -1);
  expect(replay(silent, true)).toEqual({ state: "working", doubt: "hook" });
});
