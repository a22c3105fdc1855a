import { StringDecoder } from "node:string_decoder";
import {
  type AgentEvent,
  addUsage,
  nothingSeen,
  type ReadLine,
  see,
  type TurnSeen,
  usageSince,
} from "../../agents/event.ts";
import type { Ground } from "../../ground/ground.ts";
import type { Worker } from "../../worker/worker.ts";
import { findWorker, recordWorker } from "../../worker/worker-store.ts";
import type { AccountWatch } from "../limits/account-watch.ts";
import type { SignalReaders } from "./signal-readers.ts";
import { streamSignal } from "./stream-signal.ts";
import type { Transcript } from "./transcript.ts";

/** Longest line that is read, 16 Mi characters: a line of JSON may carry a file; longer is cut. */
const maxLineChars = 16 * 1024 * 1024;

export interface Listening {
  readonly ground: Pick<Ground, "store" | "clock">;
  readonly worker: Pick<Worker, "id" | "track">;
  readonly readLine: ReadLine;
  readonly transcript: Transcript;
  readonly readers: Pick<SignalReaders, "signals" | "progress" | "misheard">;
  readonly account: AccountWatch;
  /**
   * Time of silence after which a person is told of a program without a first word; null: never.
   */
  readonly firstWordMs: number | null;
}

/** Hears an agent's structured output: every event to the transcript, news to the journal. */
export class AgentStream {
  readonly #listening: Listening;
  readonly #decoder = new StringDecoder();
  #partial = "";
  #seen: TurnSeen = nothingSeen;
  #over = Promise.withResolvers<void>();
  readonly #hasTold = new AbortController();

  constructor(listening: Listening) {
    this.#listening = listening;
    void this.#awaitWord();
  }

  get seen(): TurnSeen {
    return this.#seen;
  }

  /** Settles when the program has said its final word about the turn. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Begins another turn in the same process: the facts of the former turn are over. */
  nextTurn(): void {
    this.#seen = { ...nothingSeen, session: this.#seen.session };
    this.#over = Promise.withResolvers<void>();
  }

  /** Notes that the agent has its answer and works: the next event may come much later. */
  goesOn(): void {
    this.#listening.readers.signals.tell({
      source: "stream",
      subAgent: null,
      says: "working",
      detail: "",
    });
  }

  take(chunk: Buffer): void {
    const text = this.#decoder.write(chunk);
    if (!text.includes("\n")) {
      // Only joined: cutting each time would copy a long line again and again.
      if (this.#partial.length < maxLineChars) this.#partial += text;
      return;
    }
    const lines = `${this.#partial}${text}`.split("\n");
    this.#partial = lines.pop() ?? "";
    for (const line of lines) this.#hear(line.slice(0, maxLineChars));
  }

  /** Waits for the first word: a silent program may hang, or ask where no person sees it. */
  async #awaitWord(): Promise<void> {
    const { ground, firstWordMs, readers } = this.#listening;
    if (firstWordMs === null) return;
    await ground.clock.sleep(firstWordMs, this.#hasTold.signal);
    if (this.#hasTold.signal.aborted) return;
    const seconds = Math.round(firstWordMs / 1_000);
    readers.progress.silent(`it has told nothing in the ${seconds} s since it was started`);
  }

  #told(): void {
    if (this.#hasTold.signal.aborted) return;
    this.#hasTold.abort();
    this.#listening.readers.progress.silent(undefined);
  }

  close(): void {
    this.#told();
    this.#hear(this.#partial);
    this.#partial = "";
  }

  #hear(line: string): void {
    if (line.trim() === "") return;
    this.#told();
    for (const event of this.#listening.readLine(line)) {
      const former = this.#seen;
      this.#seen = see(former, event);
      const isNews = former !== this.#seen;
      const isRepeated = (event.kind === "denied" || event.kind === "session") && !isNews;
      if (!isRepeated) this.#listening.transcript.tell(event);
      this.#record(event, isNews);
      const said = streamSignal(event);
      if (said !== undefined) this.#listening.readers.signals.tell(said);
      this.#notice(event);
    }
  }

  #notice(event: AgentEvent): void {
    const { progress, misheard } = this.#listening.readers;
    if (event.kind === "unknown") misheard.add("stream", event.raw);
    if (event.kind !== "tool") return;
    const { tool, detail, paths } = event;
    // Of a file's content the stream may tell nothing, so calls with paths never count as equal.
    const key = paths.length === 0 ? `${tool} ${detail}` : null;
    const words = `${tool} ${detail === "" ? paths.join(" ") : detail}`;
    progress.call({ source: "stream", key, words });
  }

  #record(event: AgentEvent, isNews: boolean): void {
    const { ground, worker, account } = this.#listening;
    const at = { track: worker.track, worker: worker.id };
    if (event.kind === "session" && isNews) {
      recordWorker(ground, at, { type: "worker.session", sessionId: event.session });
    } else if (event.kind === "denied" && isNews) {
      recordWorker(ground, at, { type: "worker.denied", tool: event.tool, why: event.why });
    } else if (event.kind === "usage") {
      const former = findWorker(ground.store, worker.id)?.sessionUsage ?? null;
      const used = usageSince(former, event.session);
      recordWorker(ground, at, { type: "worker.usage", ...used, session: event.session });
    } else if (event.kind === "used") {
      const former = findWorker(ground.store, worker.id)?.sessionUsage ?? null;
      const session = addUsage(former, event.more) ?? event.more;
      recordWorker(ground, at, { type: "worker.usage", ...event.more, session });
    } else if (event.kind === "limit") {
      account.limited(event);
    } else if (event.kind === "tool") {
      account.alive();
    } else if (event.kind === "turn-ended") {
      const { outcome } = this.#seen;
      if (outcome?.kind === "limited") account.limited(outcome);
      if (outcome?.kind === "finished") account.alive();
      this.#over.resolve();
    }
  }
}
