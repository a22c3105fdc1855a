import type { Utterance } from "../../agents/conversation.ts";
import type { HookEvent } from "../../agents/hooks.ts";
import type { HookReader } from "../signals/hook-reader.ts";
import type { DeliveryResult } from "./delivery-road.ts";
import type { HookQueue } from "./hook-queue.ts";

interface Waiting {
  readonly settle: (said: DeliveryResult) => void;
  /** The name hooks know it by; undefined when no hook can take it. */
  readonly name: string | undefined;
  /** Whether a hook has printed it to the program. */
  isHanded: boolean;
}

/**
 * A road by the agent's hooks: an utterance waits until the program calls a hook that hands it
 * over, after a tool, at the end of its turn, or with its next prompt. It is taken when a hook says
 * that it has handed it over and the program has gone on after that.
 */
export class HookRoad {
  readonly #hookQueue: HookQueue;
  readonly #hooks: Pick<HookReader, "on" | "catchUp">;
  readonly #waiting = new Map<string, Waiting>();

  constructor(hookQueue: HookQueue, hooks: Pick<HookReader, "on" | "catchUp">) {
    this.#hookQueue = hookQueue;
    this.#hooks = hooks;
    hooks.on((event) => this.#hear(event));
  }

  /**
   * Says an utterance; settles when its fate is known, at the latest when the turn is over
   * (`rest`).
   */
  async say(utterance: Utterance): Promise<DeliveryResult> {
    const said = Promise.withResolvers<DeliveryResult>();
    const waiting: Waiting = { settle: said.resolve, name: this.#put(utterance), isHanded: false };
    this.#waiting.set(utterance.id, waiting);
    return await said.promise;
  }

  /** Whether an utterance lies where a hook finds it; false for one that is too long for a hook. */
  isLaidDown(utterance: string): boolean {
    return this.#waiting.get(utterance)?.name !== undefined;
  }

  /** Whether all earlier utterances are on their way: the order of saying is kept. */
  isNext(utterance: string): boolean {
    const [next] = [...this.#waiting].find(([, { isHanded }]) => !isHanded) ?? [];
    return next === utterance;
  }

  /** Takes an utterance back for another road; @returns false when a hook has claimed it */
  takeBack(utterance: string): boolean {
    const waiting = this.#waiting.get(utterance);
    if (waiting === undefined) return false;
    if (waiting.name !== undefined && !this.#hookQueue.takeBack(waiting.name)) return false;
    this.#settle(utterance, { kind: "held", why: "it goes by another road" });
    return true;
  }

  /** Takes back every utterance that no hook has claimed, as the turn is over. */
  rest(): void {
    this.#hooks.catchUp();
    for (const [utterance, { name }] of [...this.#waiting]) {
      const isBack = name === undefined || this.#hookQueue.takeBack(name);
      this.#settle(
        utterance,
        isBack
          ? { kind: "held", why: "its turn ended before a hook took it" }
          : { kind: "unknown", why: "a hook took it, and nothing shows that the program went on" },
      );
    }
  }

  #hear(event: HookEvent): void {
    if (event.kind === "handed") {
      for (const waiting of this.#waiting.values()) {
        if (waiting.name !== undefined && event.letters.includes(waiting.name)) {
          waiting.isHanded = true;
        }
      }
    } else if (goesOn(event)) {
      for (const [utterance, { isHanded, name }] of [...this.#waiting]) {
        if (!isHanded) continue;
        const evidence = "its hook handed it over, and its turn went on";
        this.#settle(utterance, { kind: "taken", evidence });
        if (name !== undefined) this.#hookQueue.forget(name);
      }
    }
  }

  #settle(utterance: string, said: DeliveryResult): void {
    const waiting = this.#waiting.get(utterance);
    this.#waiting.delete(utterance);
    waiting?.settle(said);
  }

  /** Lays an utterance down; without room on the disk it waits for another road. */
  #put(utterance: Utterance): string | undefined {
    try {
      return this.#hookQueue.put(utterance);
    } catch {
      return undefined;
    }
  }
}

/** Whether an event comes only after the program has read its hook's output. */
function goesOn(event: HookEvent): boolean {
  if (event.subAgent !== null) return false;
  return event.kind === "turn-ended" || (event.kind === "tool" && event.moment === "before");
}
