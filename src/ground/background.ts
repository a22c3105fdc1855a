import type { Clock } from "./clock.ts";
import { messageOf } from "./errors.ts";
import type { Store } from "./store/store.ts";

/** When a look that failed is tried again, in milliseconds. */
const againMs = 10_000;

/** How looks in the background fail: it is written down once for each reason. */
export class Misfortunes {
  readonly #store: Store;
  readonly #what: string;
  readonly #said = new Set<string>();

  constructor(store: Store, what: string) {
    this.#store = store;
    this.#what = what;
  }

  /** Never throws: whoever looks in the background goes on. */
  say(error: unknown): void {
    const why = messageOf(error);
    if (this.#said.has(why)) return;
    this.#said.add(why);
    try {
      const entry = { type: "look.failed", what: this.#what, why } as const;
      this.#store.transaction(() => this.#store.append(entry));
    } catch {
      // The journal is what failed; who writes to it next meets that, and says so.
    }
  }
}

/**
 * Follows something in the background until it is stopped. Nothing that goes wrong there ends the
 * process, or what it is doing: it is said, and begun again.
 * @param follow comes back when it is aborted
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
