import type { Clock } from "../ground/clock.ts";
import type { Git } from "../ground/git/git.ts";
import type { Radar } from "./radar.ts";
import type { Scan, Subject } from "./scan.ts";
import { TreeWatch } from "./tree-watch.ts";

export interface Following {
  readonly subjects: () => Promise<readonly Subject[]>;
  readonly git: Git;
  readonly commonDir: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called with the first scan, and with each that differs from the scan before. */
  readonly show: (scan: Scan) => void;
}

/**
 * The pauses between two looks that nothing has called for, in milliseconds: where all is watched,
 * and where it is not.
 */
const quietMs = 30_000;
const restMs = 2_000;
/**
 * The inverse of the greatest share of time spent looking: a tenth, or a fifth while things change.
 */
const share = 10;
const busyShare = 5;
/**
 * The time for changes to settle, in milliseconds: an editor, a commit or a `git add` writes
 * several files.
 */
const settleMs = 200;

/** Looks again and again until the signal aborts: soon after a change, else at intervals. */
export async function followScans(
  radar: Radar,
  { subjects, git, commonDir, clock, signal, show }: Following,
): Promise<void> {
  const watch = new TreeWatch(git, commonDir);
  let shown = "";
  try {
    while (!signal.aborted) {
      const began = clock.monotonic();
      // A change during the look calls for another look.
      const changed = watch.next();
      const scan = await radar.scan(await subjects());
      const text = JSON.stringify(scan);
      if (text !== shown) show(scan);
      shown = text;
      const tookMs = clock.monotonic() - began;
      const isWatched = await watch.follow(scan);
      const limitMs = Math.max(isWatched ? quietMs : restMs, tookMs * (share - 1));
      await clock.sleep(limitMs, AbortSignal.any([changed, signal]));
      if (changed.aborted) {
        await clock.sleep(Math.max(settleMs, tookMs * (busyShare - 1)), signal);
      }
    }
  } finally {
    watch.close();
  }
}
