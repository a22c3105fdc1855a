import type { StatusBoard, StatusRecord } from "./program-status.ts";

/** The state of a turn in a terminal; times in milliseconds of the monotonic clock. */
export interface TurnScene {
  readonly board: StatusBoard;
  /** Whether the program has reported anything but idleness since the turn began. */
  readonly begun: boolean;
  /** When the program, or a job it runs, last told something new. */
  readonly reportedAt: number;
  /** Whether its hooks have told the end of the turn, with nothing left that would wake it. */
  readonly hasStopped: boolean;
  /** Since when its screen stands still. */
  readonly stillSince: number;
  /** When a person last pressed a key; null: none did. */
  readonly lastKeyAt: number | null;
  /** Whether the worker has itself reported done or blocked. */
  readonly saidSo: boolean;
}

/**
 * Quiet time after the worker's own report, or after an error from which nothing goes on by itself:
 * 2 s.
 */
const shortMs = 2_000;

/**
 * Computes how long the turn still has to stay quiet to be over; undefined: it is not, as things
 * stand. A turn is over when the program reports the end of its work, or that only jobs in the
 * background go on (a server never ends), and nothing follows for `doneAfterMs`: no report, no key.
 * Pure.
 */
export function quietLeft(scene: TurnScene, now: number, doneAfterMs: number): number | undefined {
  const { board, begun, reportedAt, lastKeyAt, saidSo } = scene;
  const quietSince = (end: number, quick = saidSo): number => {
    const since = Math.max(reportedAt, end, lastKeyAt ?? reportedAt);
    return Math.max(0, since + (quick ? Math.min(shortMs, doneAfterMs) : doneAfterMs) - now);
  };
  const main = board.get("");
  // A program that reports no status may still have told its end by its hooks.
  if (main === undefined) return scene.hasStopped ? quietSince(scene.stillSince) : undefined;
  if (!begun) return undefined;
  const jobs = [...board].filter(([id]) => id !== "").map(([, job]) => job);
  const isAsked = [main, ...jobs].some(({ state }) => state === "blocked");
  const end = main.state === "working" ? restsSince(main, jobs, scene) : reportedAt;
  if (isAsked || end === undefined) return undefined;
  return quietSince(end, saidSo || main.state === "error");
}

/**
 * Finds since when a program says that it works only because of jobs it has left running: in its
 * own words, or by its hooks and a screen that stands still. Undefined: it works itself, or an
 * agent of its own will wake it.
 */
function restsSince(
  { message }: StatusRecord,
  jobs: readonly StatusRecord[],
  { hasStopped, stillSince, reportedAt }: TurnScene,
): number | undefined {
  if (!jobs.some(({ state }) => state === "working") || /\bagents?\b/i.test(message)) {
    return undefined;
  }
  if (/\bstill running\b|\bin the background\b|\bbackground\b/i.test(message)) return reportedAt;
  return hasStopped ? stillSince : undefined;
}
