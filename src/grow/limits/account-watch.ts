import type { Limit } from "../../agents/event.ts";
import { readReopening } from "../../agents/reopening.ts";
import type { Ground } from "../../ground/ground.ts";
import type { AccountId } from "../../ground/ids.ts";
import type { Worker } from "../../worker/worker.ts";
import { recordWorker } from "../../worker/worker-store.ts";
import type { HoldPace } from "./hold.ts";
import { placeHold, showLife } from "./hold-store.ts";

/**
 * Tells every process about the limits and the signs of life that one worker meets on its account.
 */
export class AccountWatch {
  readonly #ground: Pick<Ground, "store" | "clock">;
  readonly #worker: Pick<Worker, "id" | "track">;
  readonly #account: AccountId;
  readonly #pace: HoldPace;
  #alive = false;
  /** The times told so far, so that a notice and a final word count as one limit. */
  readonly #told = new Set<string | null>();

  constructor(
    ground: Pick<Ground, "store" | "clock">,
    worker: Pick<Worker, "id" | "track">,
    account: { readonly id: AccountId; readonly pace: HoldPace },
  ) {
    this.#ground = ground;
    this.#worker = worker;
    this.#account = account.id;
    this.#pace = account.pace;
  }

  /** Records a limit: from here on nothing starts on the account, in any process. */
  limited({ limit, why, reopens: field }: Limit): void {
    const { store, clock } = this.#ground;
    const { track, id: worker } = this.#worker;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const reopens = readReopening(field ?? why, { now: clock.now(), zone });
    const at = reopens === null ? null : new Date(reopens).toISOString();
    if (this.#told.has(at)) return;
    this.#told.add(at);
    store.transaction(() => {
      recordWorker(
        this.#ground,
        { track, worker },
        { type: "worker.limited", limit, why, reopens: at },
      );
      const told = { account: this.#account, kind: limit, why, reopens };
      placeHold(this.#ground, told, { track, worker }, this.#pace);
    });
  }

  /**
   * Tells once that the worker did something only an open account allows; later calls cost nothing.
   */
  alive(): void {
    if (this.#alive) return;
    this.#alive = true;
    const { track, id: worker } = this.#worker;
    showLife(this.#ground, { account: this.#account, track, worker }, this.#pace);
  }
}
