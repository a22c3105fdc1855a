import type { AgentEvent } from "../../agents/event.ts";
import type { Clock } from "../../ground/clock.ts";
import type { Transcript } from "../signals/transcript.ts";

/** Time to wait for the record before hooks tell in its place: 10 s. */
const waitMs = 10_000;

/**
 * The work of an agent in a terminal, for the transcript's readers: told once, by its program's
 * record, which tells more, or by its hooks if there is no record to be found.
 */
export class WorkLog {
  readonly #transcript: Pick<Transcript, "tell">;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  #teller: "nobody" | "record" | "hooks" = "nobody";
  /** The events of hooks from before it was known which source tells. */
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
