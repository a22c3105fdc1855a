import type { Clock } from "./clock.ts";
import { messageOf } from "./errors.ts";
import type { Store } from "./store/store.ts";

/** The pause before background work that failed begins again, in milliseconds. */
const againMs = 10_000;

/** The failures of work in the background, written to the journal once for each reason. */
export class Misfortunes {
  readonly #store: Store;
  readonly #what: string;
  readonly #said = new Set<string>();

  constructor(store: Store, what: string) {
    this.#store = store;
    this.#what = what;
  }

  /** Records a failure; never throws, so that the work in the background goes on. */
  say(error: unknown): void {
    const why = messageOf(error);
    if (this.#said.has(why)) return;
    this.#said.add(why);
    try {
      const entry = { type: "look.failed", what: this.#what, why } as const;
      this.#store.transaction(() => this.#store.append(entry));
    } catch {
      // The journal itself failed: its next writer meets the same failure, and reports it.
    }
  }
}

/**
 * Follows something in the background until it is stopped. A failure there never ends the process
 * or the work: it is recorded, and the work begins again.
 * @param follow resolves when its signal is aborted
 */
export function inBackground(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  what: string,
  follow: (signal: AbortSignal) => Promise<void>,
): { readonly stop: () => Promise<void> } {
  const stopped = new AbortController();
  const misfortunes = new Misfortunes(store, what);
  const { signal } = stopped;
  const forever = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await follow(signal);
        return;
      } catch (error) {
        misfortunes.say(error);
        await clock.sleep(againMs, signal);
      }
    }
  };
  const running = forever();
  return {
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}
