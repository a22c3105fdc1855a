import { readFileSync } from "node:fs";
import type { EpochMs } from "../clock.ts";
import { withDescendants } from "./find.ts";
import type { ProcessIdentity } from "./identity.ts";

/** The unit of start times on Linux, in milliseconds, whatever the kernel counts in. */
const tickMs = 10;
/** The tolerance of start times, in milliseconds: the time of boot is known to a second. */
const toleranceMs = 1_500;

/**
 * Whether a descendant of a process was started at a time or later, and runs.
 * @returns undefined when that cannot be seen
 */
export async function hasStartedSince(
  root: ProcessIdentity,
  since: EpochMs,
): Promise<boolean | undefined> {
  const found = await withDescendants([root]);
  if (found.kind === "unknown") return undefined;
  const starts = found.processes.filter(({ pid }) => pid !== root.pid).map(startedAt);
  if (starts.some((at) => at !== undefined && at >= since - toleranceMs)) return true;
  return starts.includes(undefined) ? undefined : false;
}

function startedAt({ start }: ProcessIdentity): EpochMs | undefined {
  if (process.platform !== "linux") {
    const at = Date.parse(start);
    return Number.isNaN(at) ? undefined : at;
  }
  const booted = bootTime();
  return booted === undefined ? undefined : booted + Number(start) * tickMs;
}

function bootTime(): EpochMs | undefined {
  try {
    const [, seconds] = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8")) ?? [];
    return seconds === undefined ? undefined : Number(seconds) * 1_000;
  } catch {
    return undefined;
  }
}
