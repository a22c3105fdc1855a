import type { Ground } from "../../ground/ground.ts";
import type { Track } from "../../track/track.ts";
import type { Worker } from "../../worker/worker.ts";
import { HookReader } from "./hook-reader.ts";
import { MisheardCount } from "./misheard-count.ts";
import { ProgressWatch } from "./progress-watch.ts";
import { SignalLog } from "./signal-log.ts";

/** All that a supervisor reads of its agent, in a stream or in a terminal. */
export interface SignalReaders {
  readonly signals: SignalLog;
  readonly hooks: HookReader;
  readonly progress: ProgressWatch;
  readonly misheard: MisheardCount;
  close(): void;
}

/** The worker to listen to, and how long it may be silent, in milliseconds; null: without end. */
export interface Listened {
  readonly ground: Ground;
  readonly track: Track;
  readonly worker: Worker;
  readonly stallMs: number | null;
}

export function openSignalReaders({ ground, track, worker, stallMs }: Listened): SignalReaders {
  const signals = new SignalLog(ground, worker);
  const progress = new ProgressWatch({ ground, track, worker, stallMs });
  const misheard = new MisheardCount(ground, worker);
  const hooks = new HookReader({ ground, worker, signals, progress, misheard });
  return {
    ...{ signals, hooks, progress, misheard },
    close: () => {
      hooks.close();
      progress.close();
      misheard.close();
    },
  };
}
