/** Measures how good and how fast the planner is. */
import { join } from "node:path";
import { asTaskId } from "../src/ground/ids.ts";
import { lowerBoundMinutes } from "../src/plan/bound.ts";
import { pack } from "../src/plan/pack.ts";
import type { PlanInput } from "../src/plan/prepare.ts";
import { listOrder, type Problem } from "../src/plan/schedule.ts";
import { improve } from "../src/plan/search.ts";
import type { PlanTask } from "../src/plan/task.ts";
import { median, started } from "./measure.ts";
import { type BenchRow, metOrMissed } from "./row.ts";

/**
 * Makes a linear congruential generator: the backlogs must be the same on every machine, for ever.
 */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

export interface BacklogShape {
  readonly tasks: number;
  readonly workers: number;
  readonly hotShare: number;
  readonly overheadMinutes?: number;
}

const hotFiles = 2;

/**
 * Draws a random backlog: 1–3 files per task out of 4/3 as many files as tasks, each pick falling
 * on one of two hot files with probability `hotShare`; one in five tasks depends on an earlier one;
 * 5–45 minutes each, most of them short.
 */
export function randomProblem(shape: BacklogShape, random: () => number): Problem {
  const below = (limit: number) => Math.floor(random() * limit);
  const files = Math.max(hotFiles + 1, Math.round((shape.tasks * 4) / 3));
  const tasks = Array.from({ length: shape.tasks }, (_, task) => {
    const picks = Array.from({ length: 1 + below(3) }, () =>
      random() < shape.hotShare ? below(hotFiles) : hotFiles + below(files - hotFiles),
    );
    return {
      minutes: 5 + Math.floor(40 * random() ** 2),
      lock: [...new Set(picks)],
      after: task > 0 && random() < 0.2 ? [below(task)] : [],
    };
  });
  const overhead = shape.overheadMinutes ?? 0;
  return {
    minutes: tasks.map(({ minutes }) => minutes),
    after: tasks.map(({ after }) => after),
    locks: tasks.map(({ lock }) => [lock]),
    resourceCount: files,
    priorities: tasks.map(() => 0),
    workers: shape.workers,
    setupMinutes: overhead / 3,
    landMinutes: (overhead * 2) / 3,
    live: 0,
    occupies: [],
  };
}

/**
 * Returns makespan over lower bound of a number of random backlogs (n 12–60, K 2–8, hot share
 * .05–.2).
 */
export function makespanRatios(count: number, overheadMinutes = 0): readonly number[] {
  const random = seeded(20260401);
  return Array.from({ length: count }, () => {
    const problem = randomProblem(
      {
        tasks: 12 + Math.floor(random() * 49),
        workers: 2 + Math.floor(random() * 7),
        hotShare: 0.05 + random() * 0.15,
        overheadMinutes,
      },
      random,
    );
    const boundMinutes = lowerBoundMinutes(problem);
    const found = improve(problem, listOrder(problem), { boundMinutes });
    return pack(problem, found).timeline.makespanMinutes / boundMinutes;
  });
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const percentile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;

function ratioRow(name: string, goal: number | undefined, overheadMinutes: number): BenchRow {
  const began = performance.now();
  const ratios = makespanRatios(200, overheadMinutes);
  const each = (performance.now() - began) / ratios.length;
  const proven = ratios.filter((ratio) => ratio <= 1 + 1e-9).length;
  const average = mean(ratios);
  return {
    name,
    figure: `mean ${average.toFixed(4)}, p95 ${percentile(ratios, 0.95).toFixed(3)}, worst ${percentile(ratios, 1).toFixed(3)}, ${proven} of ${ratios.length} proven optimal, ${each.toFixed(0)} ms each`,
    ...(goal === undefined
      ? { verdict: "shown" }
      : { goal: `mean ≤ ${goal}`, verdict: metOrMissed(average <= goal) }),
  };
}

const many = 10_000;

/**
 * Draws ten thousand tasks over ten thousand files: declared globs, mentioned files, new files,
 * `after`.
 */
export function largeInput(random: () => number): PlanInput {
  const below = (limit: number) => Math.floor(random() * limit);
  const trackedPaths = Array.from(
    { length: many },
    (_, at) => `packages/p${at % 50}/src/m${at % 400}/file-${at}.ts`,
  );
  const file = () => trackedPaths[below(many)] ?? "";
  const tasks = Array.from({ length: many }, (_, at): PlanTask => {
    const kind = random();
    const directory = file().split("/").slice(0, 4).join("/");
    return {
      id: asTaskId(`T${at}`),
      text: kind < 0.5 ? `Rework ${file()} and \`${file()}\` in passing` : `Task number ${at}`,
      details: kind < 0.1 ? `Start with ${directory}/new-${at}.ts` : "",
      done: false,
      line: at + 1,
      headings: [`Part ${at % 20}`],
      after: at > 0 && random() < 0.2 ? [asTaskId(`T${below(at)}`)] : [],
      touches:
        kind < 0.5
          ? []
          : kind < 0.55
            ? [`${directory}/*.ts`]
            : kind < 0.6
              ? [`packages/p${below(50)}/src/*/file-${at}*.{ts,md}`]
              : [file(), file()],
      estimateMinutes: 5 + below(40),
      priority: 0,
    };
  });
  return { target: "main", base: "", workers: 8, tasks, trackedPaths, soft: ["TASKS.md"] };
}

/**
 * Plans the large backlog three times, each in a Node of its own: a person's Node has not warmed up
 * either.
 */
async function sizeRow(): Promise<BenchRow> {
  const seconds: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const script = join(import.meta.dirname, "plan-large.ts");
    const said = await started("/", {}, [process.execPath, script]);
    const [took, ratio] = said.split(" ").map(Number);
    seconds.push(took ?? Number.NaN);
    ratios.push(ratio ?? Number.NaN);
  }
  const took = median(seconds);
  return {
    name: "plan: 10,000 tasks over 10,000 files",
    figure: `${took.toFixed(2)} s, makespan / lower bound ${median(ratios).toFixed(3)}`,
    goal: "≤ 2 s",
    verdict: metOrMissed(took <= 2),
  };
}

export async function run(): Promise<readonly BenchRow[]> {
  return [
    await sizeRow(),
    ratioRow("plan: makespan / lower bound, 200 random backlogs", 1.05, 0),
    ratioRow("plan: the same with 3 min of setup, gate and landing per track", undefined, 3),
  ];
}
