import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseBacklog } from "../../src/backlog/parse.ts";
import { asTaskId, isTrackName, type TrackName } from "../../src/ground/ids.ts";
import { columns } from "../../src/ground/paper.ts";
import { explain } from "../../src/plan/explain.ts";
import { renderExplanation, renderPlan } from "../../src/plan/gantt.ts";
import { type Plan, plan, readyTracks } from "../../src/plan/plan.ts";
import type { LiveTrack, PlanInput } from "../../src/plan/prepare.ts";
import type { PlanTask } from "../../src/plan/task.ts";
import { expectValid } from "../support/schema.ts";

function task(id: string, rest: Partial<PlanTask> = {}): PlanTask {
  const base = { text: id, details: "", done: false, line: 1, headings: [], after: [] };
  return { id: asTaskId(id), ...base, touches: [], priority: 0, estimateMinutes: 30, ...rest };
}
function input(tasks: readonly PlanTask[], rest: Partial<PlanInput> = {}): PlanInput {
  const trackedPaths = ["src/auth/login.ts", "src/auth/tokens.ts", "src/api/list.ts", "TASKS.md"];
  return {
    target: "main",
    base: "0".repeat(40),
    workers: 3,
    tasks,
    trackedPaths,
    soft: ["TASKS.md"],
    ...rest,
  };
}
const ids = (...names: readonly string[]) => names.map(asTaskId);
const tokens = ["src/auth/tokens.ts"];
const trackOf = (made: Plan, id: string) =>
  made.tracks.find(({ tasks }) => tasks.includes(asTaskId(id)));

describe("a plan", () => {
  test("a plan with less search holds the same tasks, and no plan beats the lower bound", () => {
    const many = Array.from({ length: 60 }, (_, at) => task(`T${at}`, { estimateMinutes: at % 7 }));
    const [usual, hasty] = [plan(input(many)), plan(input(many, { effort: 0.1 }))];
    expect(hasty.tracks.flatMap(({ tasks }) => tasks).toSorted()).toEqual(
      usual.tracks.flatMap(({ tasks }) => tasks).toSorted(),
    );
    expect(hasty.makespanMinutes).toBeGreaterThanOrEqual(hasty.lowerBoundMinutes);
  });

  test("leaves out done tasks and counts `after` on them as met", () => {
    const made = plan(input([task("A", { done: true }), task("B", { after: ids("A") })]));
    expect(made.tracks.map(({ tasks }) => tasks)).toEqual([["B"]]);
    expect(made.tracks[0]?.after).toEqual([]);
  });

  test("plans the chosen tasks alone, and names a task they would wait for in vain", () => {
    const tasks = [task("A"), task("B"), task("C", { after: ids("A") })];
    expect(plan(input(tasks, { only: ids("B") })).tracks).toHaveLength(1);
    expect(() => plan(input(tasks, { only: ids("C") }))).toThrow(/C waits for A.*chosen/);
    expect(() => plan(input([task("D", { after: ids("X") })]))).toThrow(/D waits for X.*backlog/);
  });

  test("keeps the paths of live tracks until they have landed", () => {
    const live: LiveTrack = {
      name: "auth" as TrackName,
      tasks: ids("A"),
      predicted: ["src/auth/login.ts"],
      touched: tokens,
      state: "growing",
    };
    const tasks = [task("A"), task("B", { touches: tokens }), task("C", { after: ids("A") })];
    const made = plan(input([...tasks, task("D")], { live: [live], takenNames: ["d"] }));
    expect(trackOf(made, "A")).toMatchObject({ name: "auth", state: "growing", slot: 1 });
    expect(trackOf(made, "B")?.after).toEqual(["auth"]);
    expect(trackOf(made, "B")?.why).toContain("src/auth/tokens.ts");
    expect(trackOf(made, "C")?.after).toEqual(["auth"]);
    expect(trackOf(made, "D")?.name).not.toBe("d");
    const names = (landed: readonly TrackName[], freeWorkers: number) =>
      readyTracks(made, { landed: new Set(landed), freeWorkers }).flatMap((track) => track.tasks);
    expect(names([], 2)).toEqual(["D"]);
    expect(names([], 0)).toEqual([]);
    expect(names(["auth" as TrackName], 3).toSorted()).toEqual(["B", "C", "D"]);
  });

  test("a track that waits for a person holds its paths and no worker", () => {
    const live: LiveTrack = {
      name: "auth" as TrackName,
      tasks: ids("A"),
      predicted: tokens,
      touched: [],
      state: "needs-human",
    };
    const rest = [task("B", { touches: tokens }), task("C")];
    const made = plan(input([task("A"), ...rest], { live: [live], workers: 1 }));
    expect(trackOf(made, "A")?.slot).toBe(0);
    expect(trackOf(made, "C")?.startMinute).toBe(0);
    expect(trackOf(made, "B")?.after).toEqual(["auth"]);
  });

  test("two tasks without known paths run, and are called unpredicted", () => {
    const made = plan(input([task("A"), task("B"), task("C")]));
    expect(made.tracks.every(({ why }) => why.includes("unpredicted"))).toBe(true);
    expect(made.advice.verdict).toBe("scout");
    expect(made.advice.reasons[0]).toContain("3 of 3");
  });

  test("a task of higher priority starts first, and no search puts it off", () => {
    const texts = Array.from({ length: 9 }, (_, n) => {
      const shared = n % 3 === 0 ? ",src/shared.ts" : "";
      return `- [ ] Task ${n} id:T${n} touches:src/f${n}.ts${shared} est:${5 + ((n * 7) % 20)}m${n === 6 ? " priority:9" : ""}`;
    });
    const { tasks } = parseBacklog(`${texts.join("\n")}\n`, "TASKS.md");
    const made = plan({ target: "main", base: "0", workers: 3, tasks, trackedPaths: [], soft: [] });
    const track = made.tracks.find((one) => one.tasks.includes(asTaskId("T6")));
    expect(track?.startMinute).toBe(0);
    expect(track?.tasks[0]).toBe("T6");
  });

  test("strict tracks put the same files on the same track and name the glue", () => {
    const tasks = [
      task("A", { touches: tokens }),
      task("B", { touches: ["src/auth/**"] }),
      task("C", { touches: ["src/api/list.ts"], after: ids("A") }),
      task("D", { touches: ["src/auth/login.ts"], after: ids("C") }),
    ];
    const made = plan(input(tasks, { strictTracks: true }));
    expectValid("plan", made);
    // A, B and D share files; C waits for A and D for C: a circle of tracks, so C joins as well.
    expect(made.tracks).toHaveLength(1);
    expect(made.tracks[0]?.glue).toEqual(["src/auth/tokens.ts", "src/auth/login.ts"]);
  });

  test("lists shared paths with the resolution of each", () => {
    const tasks = [
      task("A", { touches: [...tokens, "TASKS.md"] }),
      task("B", { touches: tokens }),
      task("C", { touches: ["TASKS.md"] }),
    ];
    expect(plan(input(tasks)).conflicts).toEqual([
      { tasks: ["A", "B"], paths: tokens, soft: false, resolution: "same-track" },
      { tasks: ["A", "C"], paths: ["TASKS.md"], soft: true },
    ]);
  });

  test("every open task is in a single track of a valid, unique name, whatever the backlog", () => {
    const text = fc.oneof(
      fc.constantFrom("Fix src/auth/login.ts", "Add docs", "日本語", "--help", ".lock", ""),
      fc.string({ unit: "binary", maxLength: 20 }),
    );
    const item = fc.record({ text, done: fc.boolean(), shares: fc.boolean() });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 8 }), (items) => {
        const tasks = items.map(({ text: words, done, shares }, at) =>
          task(`t${at}`, { text: words, done, touches: shares ? tokens : [] }),
        );
        const made = plan(input(tasks));
        const names = made.tracks.map(({ name }) => name.toLowerCase());
        expect(new Set(names).size).toBe(names.length);
        expect(made.tracks.every(({ name }) => isTrackName(name))).toBe(true);
        expect(made.tracks.flatMap((track) => track.tasks).toSorted()).toEqual(
          tasks.filter(({ done }) => !done).map(({ id }) => id),
        );
        expect(plan(input(tasks))).toEqual(made);
        expectValid("plan", JSON.parse(JSON.stringify(made)));
        for (const line of renderPlan(made, { width: 60, color: false })) {
          expect(columns(line)).toBeLessThanOrEqual(60);
          expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("the advice", () => {
  const verdict = (tasks: readonly PlanTask[]) => plan(input(tasks)).advice;
  const own = (id: string, minutes: number) =>
    task(id, { touches: [`src/${id}.ts`], estimateMinutes: minutes });

  test("the advice is sequential, and names the file, when all tasks share a file", () => {
    const advice = verdict(["A", "B", "C"].map((id) => task(id, { touches: tokens })));
    expect(advice).toMatchObject({ verdict: "sequential", workers: 1 });
    expect(advice.reasons.join()).toContain("all 3 tasks share src/auth/tokens.ts");
  });

  test("the advice is sequential, with the figures, for tasks shorter than the break-even", () => {
    const advice = verdict([own("a", 4), own("b", 6), own("c", 5)]);
    expect(advice.verdict).toBe("sequential");
    expect(advice.reasons[0]).toMatch(/0 of 3 tracks .* 10 min/);
  });

  test("the advice is parallel, with two to four workers, for independent tasks long enough", () => {
    const advice = verdict(["a", "b", "c", "d", "e", "f"].map((id) => own(id, 30)));
    expect(advice).toMatchObject({ verdict: "parallel", workers: 3 });
    expect(advice.reasons[0]).toMatch(/one worker takes 183 min, 3 take 6\d min/);
  });

  test("the advice is sequential for one task, or none", () => {
    expect(verdict([own("a", 60)]).verdict).toBe("sequential");
    expect(verdict([]).verdict).toBe("sequential");
  });
});

describe("explaining a task", () => {
  const tasks = [
    task("A", { touches: tokens }),
    task("B", { text: "Mend src/api/list.ts" }),
    task("C", { touches: tokens, after: ids("B") }),
  ];

  test("shows what a task touches, which tasks it waits for and over which path", () => {
    const found = explain(input(tasks), asTaskId("C"));
    expect(found?.waitsFor).toContainEqual(expect.objectContaining({ task: "B", kind: "after" }));
    const onTokens = [...(found?.waitsFor ?? []), ...(found?.sameTrack ?? [])];
    expect(onTokens).toContainEqual(expect.objectContaining({ task: "A", paths: tokens }));
    const lines = found ? renderExplanation(found, { width: 80, color: false }) : [];
    expect(lines.join("\n")).toContain("src/auth/tokens.ts  declared, 100 % sure");
  });

  test("shows the other side, a done task, and nothing for an unknown task", () => {
    expect(explain(input(tasks), asTaskId("B"))?.heldUpByIt).toContainEqual(
      expect.objectContaining({ task: "C", kind: "after" }),
    );
    const done = explain(input([task("A", { done: true })]), asTaskId("A"));
    expect(done).toMatchObject({ waitsFor: [], sameTrack: [], isUnpredicted: false });
    expect(explain(input(tasks), asTaskId("Z"))).toBeUndefined();
  });
});

test("the picture shows tracks, workers, figures, shared paths and advice", () => {
  const tasks = [
    task("A", { touches: tokens, text: "Rotate \u001b[31mtokens\u001b[0m 日本語" }),
    task("B", { touches: tokens, text: "Log out everywhere", headings: ["Auth"] }),
    task("C", { touches: ["src/api/list.ts"], text: "Paginate", estimateMinutes: 50 }),
  ];
  expect(renderPlan(plan(input(tasks, { workers: 2 })), { width: 72, color: false })).toEqual([
    "3 open tasks, 2 tracks, 2 workers → main",
    "",
    "  list       0 – 53 min",
    "    C  50 min  Paginate",
    "  tokens     0 – 63 min",
    "    A  30 min  Rotate \\x1b[31mtokens\\x1b[0m 日本語",
    "    B  30 min  Log out everywhere",
    "",
    "  worker 1  ▐list━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━▌",
    "  worker 2  ▐tokens━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━▌",
    "            0        10        20       30        40       50        60",
    "",
    "  63 min; lower bound 63 min (×1.00), one by one 113 min",
    "",
    "Shared paths",
    "  A and B  same track    src/auth/tokens.ts",
    "",
    "Advice: parallel, 2 workers",
    "  - one worker takes 113 min, 2 take 63 min: 44 % of the wall-clock",
    "    saved",
    "  - 2 of 3 tasks share src/auth/tokens.ts: 60 min of 113 min",
    "  - expect about twice the tokens of one worker (1.8–2.2×)",
  ]);
});
