import type { Clock, EpochMs } from "../../ground/clock.ts";
import type { TrackName, WorkerId } from "../../ground/ids.ts";
import type { Store } from "../../ground/store/store.ts";
import { isSameWord, type SignalContent, subAgentOf } from "../../worker/signal.ts";
import { recordSignal } from "../../worker/worker-store.ts";

/** How often a source that says the same again is written down, */
const restateMs = 5_000;
/** and how often one that only works on something else. */
const detailMs = 100;

/** What the sources of one worker tell, written down at once when it is new, else now and then. */
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
