import { Courier } from "./courier.ts";
import { workerEnvironment } from "./environment.ts";
import type { HookEar } from "./hook-ear.ts";
import { HookVoice } from "./hook-voice.ts";
import { recallLetters } from "./recall.ts";
import { Spool } from "./spool.ts";
import type { Turn, TurnCause } from "./turn.ts";
import { findWorker } from "./worker-store.ts";

/**
 * Carries messages into a turn that listens to nobody, by its hooks; for programs that keep a
 * record of their session, which tells after a loss what had arrived.
 */
export class HookMail {
  readonly #turn: Turn;
  readonly #spool: Spool;
  readonly #voice: HookVoice;
  readonly #courier: Courier;
  readonly #carrying: Promise<void>;
  readonly #over = new AbortController();

  /** Carries from now on. */
  constructor(turn: Turn, ear: HookEar) {
    const { ground, track, worker, post } = turn;
    this.#turn = turn;
    this.#spool = new Spool(ground, track.name);
    this.#voice = new HookVoice(this.#spool, ear);
    const route = { ground, worker: worker.id, post, voice: this.#voice };
    this.#courier = new Courier({ ...route, road: "hook" });
    this.#carrying = this.#courier.carry(this.#over.signal);
  }

  /** When its agent has ended: what did not reach it waits for the next turn. */
  async end(cause: TurnCause): Promise<void> {
    const { ground, worker, agent, post } = this.#turn;
    this.#over.abort();
    await this.#carrying;
    await this.#voice.close();
    await this.#courier.arrived();
    // Another supervisor sees to it by now.
    if (cause === "fenced") return;
    const session = findWorker(ground.store, worker.id)?.sessionId ?? null;
    const env = workerEnvironment(ground.env, ground.repo.mainTop);
    await recallLetters(post, agent, { session, env, spool: this.#spool, road: "stream" });
  }
}
