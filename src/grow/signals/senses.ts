import type { Ground } from "../../ground/ground.ts";
import type { Track } from "../../track/track.ts";
import type { Worker } from "../../worker/worker.ts";
import { HookEar } from "./hook-ear.ts";
import { MisheardCount } from "./misheard-count.ts";
import { ProgressWatch } from "./progress-watch.ts";
import { SignalLog } from "./signal-log.ts";

/** What a supervisor hears its agent with, in a stream or in a terminal. */
export interface Senses {
  readonly signals: SignalLog;
  readonly hooks: HookEar;
  readonly progress: ProgressWatch;
  readonly misheard: MisheardCount;
  close(): void;
}

/** The worker that is heard, and how long it may be silent, in milliseconds; null: without end. */
export interface Listened {
  readonly ground: Ground;
  readonly track: Track;
  readonly worker: Worker;
  readonly stallMs: number | null;
}

export function openSenses({ ground, track, worker, stallMs }: Listened): Senses {
  const signals = new SignalLog(ground, worker);
  const progress = new ProgressWatch({ ground, track, worker, stallMs });
  const misheard = new MisheardCount(ground, worker);
  const hooks = new HookEar({ ground, worker, signals, progress, misheard });
  return {
    ...{ signals, hooks, progress, misheard },
    close: () => {
      hooks.close();
      progress.close();
      misheard.close();
    },
  };
}
