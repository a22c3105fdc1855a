import type { Clock, EpochMs } from "../../ground/clock.ts";
import type { TrackName, WorkerId } from "../../ground/ids.ts";
import type { Store } from "../../ground/store/store.ts";
import { isSameWord, type SignalContent, subAgentOf } from "../../worker/signal.ts";
import { recordSignal } from "../../worker/worker-store.ts";

/** Shortest time between two records of a source that repeats itself: 5 s. */
const restateMs = 5_000;
/** Shortest time between two records of a source that only works on something else: 100 ms. */
const detailMs = 100;

/** The signals of one worker's sources: recorded at once when new, else now and then. */
export class SignalLog {
  readonly #ground: { readonly store: Store; readonly clock: Clock };
  readonly #at: { readonly track: TrackName; readonly worker: WorkerId };
  readonly #told = new Map<string, { readonly said: SignalContent; readonly at: EpochMs }>();

  constructor(
    ground: { readonly store: Store; readonly clock: Clock },
    worker: { readonly id: WorkerId; readonly track: TrackName },
  ) {
    this.#ground = ground;
    this.#at = { track: worker.track, worker: worker.id };
  }

  tell(said: SignalContent): void {
    const source = `${said.source}/${subAgentOf(said) ?? ""}`;
    const now = this.#ground.clock.now();
    const former = this.#told.get(source);
    if (former !== undefined && isSameWord(former.said, said)) {
      const limitMs = hasNewDetail(former.said, said) ? detailMs : restateMs;
      if (now >= former.at && now - former.at < limitMs) return;
    }
    this.#told.set(source, { said, at: now });
    recordSignal(this.#ground, this.#at, said);
  }
}

const hasNewDetail = (former: SignalContent, said: SignalContent): boolean =>
  "detail" in said && said.detail !== "" && "detail" in former && former.detail !== said.detail;
