import type { Ground } from "../../ground/ground.ts";
import type { WorkerId } from "../../ground/ids.ts";
import { waitForChange } from "../../ground/store/watch.ts";
import { findWorker } from "../../worker/worker-store.ts";
import type { DeliveryResult, DeliveryRoad } from "./delivery-road.ts";
import type { MessageStore, PendingMessage, Reply, RoadName } from "./message-store-port.ts";

export interface Route {
  readonly ground: Pick<Ground, "store" | "clock">;
  readonly worker: WorkerId;
  readonly messages: MessageStore;
  readonly road: DeliveryRoad;
  readonly roadName: RoadName;
  /** Called when an answer has been given, before its effect shows. */
  readonly onAnswer?: () => void;
}

/** Back-off after a refused delivery when the journal shows no change: 1 s, doubling up to 15 s. */
const heldMs = 1_000;
const mostHeldMs = 15_000;
const idleMs = 60_000;

/**
 * Carries messages and answers that wait for a worker to its agent, as long as a turn runs:
 * messages in their order, answers to their asks, each once.
 */
export class DeliveryLoop {
  readonly #route: Route;
  readonly #underway = new Set<Promise<void>>();

  constructor(route: Route) {
    this.#route = route;
  }

  /** Delivers whenever something is written down; settles when `signal` is aborted. */
  async carry(signal: AbortSignal): Promise<void> {
    const { ground, messages } = this.#route;
    let held = 0;
    let pauseMs = heldMs;
    let moment = this.#moment();
    while (!signal.aborted) {
      const since = ground.store.version();
      for (const reply of messages.replies()) this.#start(this.#answer(reply));
      // The worker's state has changed, so a delivery refused before may be accepted now.
      if (this.#moment() !== moment) [moment, held, pauseMs] = [this.#moment(), 0, heldMs];
      const now = ground.clock.monotonic();
      const letters = now < held ? [] : messages.pending();
      if (letters.length > 0) {
        const saying = messages.give(letters).map(async (letter) => await this.#say(letter));
        this.#start(
          Promise.all(saying).then((all) => {
            const isHeld = all.includes(true);
            pauseMs = isHeld ? Math.min(2 * pauseMs, mostHeldMs) : heldMs;
            if (isHeld) held = ground.clock.monotonic() + pauseMs;
          }),
        );
      }
      const limitMs = held > now ? held - now : idleMs;
      await waitForChange(ground.store, ground.clock, { since, limitMs, signal });
    }
  }

  /** Describes the state of the worker, as far as it is known. */
  #moment(): string {
    const { ground, worker } = this.#route;
    return JSON.stringify(findWorker(ground.store, worker)?.at ?? null);
  }

  /** Settles when the fate of every delivery is known: at the latest when the agent has ended. */
  async arrived(): Promise<void> {
    while (this.#underway.size > 0) await Promise.all(this.#underway);
  }

  #start(request: Promise<void>): void {
    const done = request.finally(() => this.#underway.delete(done));
    this.#underway.add(done);
  }

  /**
   * Says a message to the agent.
   * @returns whether the message waits for a better moment
   */
  async #say({ id, utterance, text }: PendingMessage): Promise<boolean> {
    const { messages, road, roadName } = this.#route;
    const said = await road.say({ id: utterance, text }, (why) => messages.waits([id], why));
    settleMessages(messages, [id], { said, roadName });
    return said.kind === "held";
  }

  async #answer({ ask, call, answer }: Reply): Promise<void> {
    const { messages, road } = this.#route;
    if (!messages.replying(ask)) return;
    const answering = road.answer({ call }, answer);
    this.#route.onAnswer?.();
    const answered = await answering;
    const isMoot = answered.kind === "moot";
    const evidence = answered.kind === "taken" ? answered.evidence : answered.why;
    if (answered.kind === "stuck") messages.reopen(ask, answered.why);
    else messages.replied(ask, { isMoot, evidence });
  }
}

/** Records the fate of messages that were given. */
export function settleMessages(
  messages: MessageStore,
  ids: readonly number[],
  { said, roadName }: { readonly said: DeliveryResult; readonly roadName: RoadName },
): void {
  if (said.kind === "taken") {
    messages.delivered(ids, { road: said.road ?? roadName, evidence: said.evidence });
  }
  if (said.kind === "held") messages.takeBack(ids);
  if (said.kind === "stuck") messages.stuck(ids, said.why);
  // Otherwise the agent's own record may tell, when the agent is started again.
}
