import type { Clock, EpochMs } from "../ground/clock.ts";
import type { TrackName, WorkerId } from "../ground/ids.ts";
import type { Store } from "../ground/store/store.ts";
import { isSameWord, type Said, subAgentOf } from "./signal.ts";
import { recordSignal } from "./worker-store.ts";

/** How often a source that says the same again is written down. */
const restateMs = 5_000;

/** What the sources of one worker tell, written down at once when it is new, else now and then. */
export class SignalLog {
  readonly #ground: { readonly store: Store; readonly clock: Clock };
  readonly #at: { readonly track: TrackName; readonly worker: WorkerId };
  readonly #told = new Map<string, { readonly said: Said; readonly at: EpochMs }>();

  constructor(
    ground: { readonly store: Store; readonly clock: Clock },
    worker: { readonly id: WorkerId; readonly track: TrackName },
  ) {
    this.#ground = ground;
    this.#at = { track: worker.track, worker: worker.id };
  }

  tell(said: Said): void {
    const voice = `${said.source}/${subAgentOf(said) ?? ""}`;
    const now = this.#ground.clock.now();
    const former = this.#told.get(voice);
    const isFresh = former !== undefined && now - former.at < restateMs && now >= former.at;
    if (isFresh && isSameWord(former.said, said)) return;
    this.#told.set(voice, { said, at: now });
    recordSignal(this.#ground, this.#at, said);
  }
}
