import type { StatusBoard } from "./program-status.ts";

/** What is known of a turn in a terminal; times in milliseconds of the monotonic clock. */
export interface TurnScene {
  readonly board: StatusBoard;
  /** Whether the program has reported anything but idleness since the turn began. */
  readonly begun: boolean;
  /** When it reported last. */
  readonly reportedAt: number;
  /** When a person last pressed a key; null: none did. */
  readonly lastKeyAt: number | null;
  /** Whether the worker has said itself that it is done or blocked. */
  readonly saidSo: boolean;
}

/** After its own word, or an error after which nothing comes by itself. */
const shortMs = 2_000;

/**
 * How long the turn still has to stay quiet to be over; undefined: it is not, as things stand. It is
 * over when the program reports the end of its work, and nothing follows for `doneAfterMs`: no
 * report, no key, no job in the background. Pure.
 */
export function quietLeft(
  { board, begun, reportedAt, lastKeyAt, saidSo }: TurnScene,
  now: number,
  doneAfterMs: number,
): number | undefined {
  const main = board.get("");
  if (main === undefined || !begun) return undefined;
  const busy = [...board.values()].some(({ state }) => state === "working" || state === "blocked");
  if (busy) return undefined;
  const quick = saidSo || main.state === "error";
  const since = Math.max(reportedAt, lastKeyAt ?? reportedAt);
  return Math.max(0, since + (quick ? Math.min(shortMs, doneAfterMs) : doneAfterMs) - now);
}
