import { HookEar } from "./hook-ear.ts";
import { MisheardCount } from "./misheard-count.ts";
import { ProgressWatch } from "./progress-watch.ts";
import { SignalLog } from "./signal-log.ts";
import type { Turn } from "./turn.ts";

/** What a supervisor hears its agent with, in a stream or in a terminal. */
export interface Senses {
  readonly signals: SignalLog;
  readonly hooks: HookEar;
  readonly progress: ProgressWatch;
  readonly misheard: MisheardCount;
  close(): void;
}

export function openSenses({ ground, track, worker, stallMs }: Turn): Senses {
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
