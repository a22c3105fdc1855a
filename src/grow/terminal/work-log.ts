import type { AgentEvent } from "../../agents/event.ts";
import type { Clock } from "../../ground/clock.ts";
import type { Transcript } from "../signals/transcript.ts";

/** For how long the record is waited for before hooks tell in its place. */
const waitMs = 10_000;

/**
 * What an agent in a terminal does, for who reads along: told once, by its program's record, which
 * tells more, or by its hooks where there is no record to be found.
 */
export class WorkLog {
  readonly #transcript: Pick<Transcript, "tell">;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  #teller: "nobody" | "record" | "hooks" = "nobody";
  /** What hooks told before it was known who tells. */
  #early: AgentEvent[] = [];

  constructor(transcript: Pick<Transcript, "tell">, clock: Clock) {
    this.#transcript = transcript;
    this.#clock = clock;
  }

  byHook(event: AgentEvent): void {
    if (this.#teller === "hooks") this.#transcript.tell(event);
    if (this.#teller !== "nobody") return;
    this.#early.push(event);
    if (this.#early.length === 1) void this.#wait();
  }

  byRecord(event: AgentEvent): void {
    if (this.#teller === "nobody") this.#teller = "record";
    const isTold = event.kind === "tool" || event.kind === "message";
    if (this.#teller === "record" || !isTold) this.#transcript.tell(event);
  }

  close(): void {
    this.#over.abort();
    this.#letHooks();
  }

  async #wait(): Promise<void> {
    await this.#clock.sleep(waitMs, this.#over.signal);
    this.#letHooks();
  }

  #letHooks(): void {
    if (this.#teller !== "nobody") return;
    this.#teller = "hooks";
    for (const event of this.#early.splice(0)) this.#transcript.tell(event);
  }
}
