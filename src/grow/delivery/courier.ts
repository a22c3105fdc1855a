import type { Ground } from "../../ground/ground.ts";
import type { WorkerId } from "../../ground/ids.ts";
import { waitForChange } from "../../ground/store/watch.ts";
import { findWorker } from "../../worker/worker-store.ts";
import type { Letter, Post, Reply, Road } from "./message-store-port.ts";
import type { DeliveryResult, Voice } from "./voice.ts";

export interface Route {
  readonly ground: Pick<Ground, "store" | "clock">;
  readonly worker: WorkerId;
  readonly post: Post;
  readonly voice: Voice;
  readonly road: Road;
  /** Called when an answer has been given, before it shows what came of it. */
  readonly onAnswer?: () => void;
}

/** A moment that is not right may be right soon, without anything being written down; then later. */
const heldMs = 1_000;
const mostHeldMs = 15_000;
const idleMs = 60_000;

/**
 * Carries what waits for a worker to its agent, as long as a turn runs: messages in their order and
 * answers to their asks, each once.
 */
export class Courier {
  readonly #route: Route;
  readonly #underway = new Set<Promise<void>>();

  constructor(route: Route) {
    this.#route = route;
  }

  /** Sleeps until something is written down; comes back when it is aborted. */
  async carry(signal: AbortSignal): Promise<void> {
    const { ground, post } = this.#route;
    let held = 0;
    let pauseMs = heldMs;
    let moment = this.#moment();
    while (!signal.aborted) {
      const since = ground.store.version();
      for (const reply of post.replies()) this.#start(this.#answer(reply));
      // What it does has changed, so what was not right before may be right now.
      if (this.#moment() !== moment) [moment, held, pauseMs] = [this.#moment(), 0, heldMs];
      const now = ground.clock.monotonic();
      const letters = now < held ? [] : post.letters();
      if (letters.length > 0) {
        const saying = post.give(letters).map(async (letter) => await this.#say(letter));
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

  /** What its worker is doing, as far as it is known. */
  #moment(): string {
    const { ground, worker } = this.#route;
    return JSON.stringify(findWorker(ground.store, worker)?.at ?? null);
  }

  /** When the fate of everything it took along is known: at the latest when the agent has ended. */
  async arrived(): Promise<void> {
    while (this.#underway.size > 0) await Promise.all(this.#underway);
  }

  #start(errand: Promise<void>): void {
    const done = errand.finally(() => this.#underway.delete(done));
    this.#underway.add(done);
  }

  /** @returns whether it waits for a better moment */
  async #say({ id, utterance, text }: Letter): Promise<boolean> {
    const { post, voice, road } = this.#route;
    const said = await voice.say({ id: utterance, text }, (why) => post.waits([id], why));
    settleLetters(post, [id], { said, road });
    return said.kind === "held";
  }

  async #answer({ ask, call, answer }: Reply): Promise<void> {
    const { post, voice } = this.#route;
    if (!post.replying(ask)) return;
    const answering = voice.answer({ call }, answer);
    this.#route.onAnswer?.();
    const answered = await answering;
    const isMoot = answered.kind === "moot";
    const evidence = answered.kind === "taken" ? answered.evidence : answered.why;
    if (answered.kind === "stuck") post.reopen(ask, answered.why);
    else post.replied(ask, { isMoot, evidence });
  }
}

/** Writes down what became of letters that were given. */
export function settleLetters(
  post: Post,
  ids: readonly number[],
  { said, road }: { readonly said: DeliveryResult; readonly road: Road },
): void {
  if (said.kind === "taken") {
    post.delivered(ids, { road: said.road ?? road, evidence: said.evidence });
  }
  if (said.kind === "held") post.takeBack(ids);
  if (said.kind === "stuck") post.stuck(ids, said.why);
  // Else the agent's own record may tell, when it is started again.
}
