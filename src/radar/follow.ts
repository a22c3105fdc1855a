import { type FSWatcher, watch } from "node:fs";
import type { Clock } from "../ground/clock.ts";
import { adminFolder } from "./pulse.ts";
import type { Radar } from "./radar.ts";
import type { Scan, Subject } from "./scan.ts";

export interface Following {
  readonly subjects: () => Promise<readonly Subject[]>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called with the first scan, and with each that is not as the one before. */
  readonly show: (scan: Scan) => void;
}

const restMs = 2_000;
/** Looking takes at most a tenth of the time: on a big tree the rests are longer. */
const share = 10;
/** A commit or a `git add` writes several files. */
const settleMs = 200;

/** Looks again and again until it is aborted: soon after git has written something, else in turns. */
export async function followScans(
  radar: Radar,
  { subjects, clock, signal, show }: Following,
): Promise<void> {
  let shown = "";
  while (!signal.aborted) {
    const began = clock.monotonic();
    const found = await subjects();
    const scan = await radar.scan(found);
    const text = JSON.stringify(scan);
    if (text !== shown) show(scan);
    shown = text;
    const limitMs = Math.max(restMs, (clock.monotonic() - began) * (share - 1));
    const folders = found.flatMap(({ worktree }) =>
      worktree === undefined ? [] : [adminFolder(worktree)],
    );
    await rest(folders, clock, { limitMs, signal });
  }
}

async function rest(
  folders: readonly string[],
  clock: Clock,
  { limitMs, signal }: { readonly limitMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const woken = new AbortController();
  const watchers = folders.flatMap((folder) => watchFolder(folder, () => woken.abort()));
  await clock.sleep(limitMs, AbortSignal.any([woken.signal, signal]));
  for (const watcher of watchers) watcher.close();
  if (woken.signal.aborted) await clock.sleep(settleMs, signal);
}

function watchFolder(folder: string, changed: () => void): readonly FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    watcher.on("error", () => watcher.close());
    return [watcher];
  } catch {
    // No watch to be had: the next turn sees it.
    return [];
  }
}
