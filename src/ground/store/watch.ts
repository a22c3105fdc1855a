import { type FSWatcher, watch } from "node:fs";
import type { Clock } from "../clock.ts";
import type { Store } from "./store.ts";

const fallbackMs = 1_000;

export interface WaitOptions {
  /**
   * The result of `store.version()` from before the caller looked, so that nothing in between is
   * missed.
   */
  readonly since: string;
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Waits until the journal may have grown, at most `limitMs`. Costs nothing while nothing happens:
 * the wake file is watched, and once a second the database is asked for its version, because a
 * watch can fail or miss (network file systems, exhausted inotify).
 */
export async function waitForChange(
  store: Store,
  clock: Clock,
  options: WaitOptions,
): Promise<void> {
  const woken = new AbortController();
  const wake = (): void => woken.abort();
  options.signal?.addEventListener("abort", wake, { once: true });
  const watcher = watchFile(store.wakeFile, wake);
  const until = clock.monotonic() + options.limitMs;
  try {
    while (!woken.signal.aborted && options.signal?.aborted !== true) {
      const leftMs = until - clock.monotonic();
      if (leftMs <= 0 || store.version() !== options.since) return;
      await clock.sleep(Math.min(leftMs, fallbackMs), woken.signal);
    }
  } finally {
    watcher?.close();
    options.signal?.removeEventListener("abort", wake);
  }
}

function watchFile(file: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(file, { persistent: false }, changed);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    // Without a watch, the version is polled instead.
    return undefined;
  }
}
