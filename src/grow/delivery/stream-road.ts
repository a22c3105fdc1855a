import type { Answer, StreamProtocol, Utterance } from "../../agents/conversation.ts";
import type { AgentEvent } from "../../agents/event.ts";
import type { Clock } from "../../ground/clock.ts";
import type { Answered, DeliveryResult, DeliveryRoad } from "./delivery-road.ts";

export interface StreamLine {
  /** Writes one line to the program; the line feed is added here. */
  readonly write: (line: string) => void;
  /** Ends the program's input: most programs end then. */
  readonly end: () => void;
  /** Settles when the program has ended. */
  readonly ended: Promise<unknown>;
}

/** Time without a sign that a program has heard an utterance before it is said again, 30 s. */
const deafMs = 30_000;
/** Time a program has to end once its input is closed: 10 s. */
const closeMs = 10_000;

/** Time in which a program begins the turn that tells of its ended sub-agents: 3 s. */
const wakeMs = 3_000;

/** The events that show that a turn runs. */
const isActivity: ReadonlySet<AgentEvent["kind"]> = new Set(["turn-started", "message", "tool"]);

const isSubAgent = (event: AgentEvent): boolean => "subAgent" in event && event.subAgent !== null;

interface Pending {
  readonly settle: (said: DeliveryResult) => void;
  /** Aborted when the utterance's fate is known. */
  readonly known: AbortSignal;
  /** Whether the utterance stands in the program's own queue. */
  isQueued: boolean;
}

/**
 * A road over a program's structured input. It reads each line the program prints, and so knows
 * when a turn is over: the program has said so, and no utterance is on its way to it.
 */
export class StreamRoad implements DeliveryRoad {
  readonly #speaker: StreamProtocol;
  readonly #line: StreamLine;
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();
  /** The calls that wait for an answer and have none. */
  readonly #asking = new Set<string>();
  readonly #answers = new Map<string, (answered: Answered) => void>();
  #turn: "none" | "runs" | "ended" = "none";
  #isFirst = true;
  /** The id of the utterance that began the turn; a running turn shows that it was heard. */
  #opener = "";
  #isGone = false;
  /** The number of sub-agents that go on after the turn has ended. */
  #background = 0;
  #over = Promise.withResolvers<void>();

  constructor(speaker: StreamProtocol, line: StreamLine, clock: Clock) {
    this.#speaker = speaker;
    this.#line = line;
    this.#clock = clock;
    void line.ended.then(() => this.#gone());
  }

  /** Begins a turn with an utterance; `over` settles when the turn has ended. */
  begin(first: Utterance): {
    readonly said: Promise<DeliveryResult>;
    readonly over: Promise<void>;
  } {
    this.#turn = "runs";
    this.#over = Promise.withResolvers<void>();
    const lines = this.#isFirst ? this.#speaker.open(first) : this.#speaker.say(first);
    this.#isFirst = false;
    this.#opener = first.id;
    return { said: this.#utter(first, lines), over: this.#over.promise };
  }

  get isAsking(): boolean {
    return this.#asking.size > 0;
  }

  /** Takes a line of the program; @returns the events in it. */
  hear(line: string): readonly AgentEvent[] {
    const { events, reply } = this.#speaker.hear(line);
    for (const words of reply) this.#line.write(words);
    for (const event of events) this.#note(event);
    return events;
  }

  async say(utterance: Utterance): Promise<DeliveryResult> {
    if (this.#turn === "none" || this.#isGone) return { kind: "held", why: "no turn runs" };
    return await this.#utter(utterance, this.#speaker.say(utterance));
  }

  async answer({ call }: { readonly call: string }, answer: Answer): Promise<Answered> {
    const lines = this.#isGone ? undefined : this.#speaker.answer(call, answer);
    if (lines === undefined) return { kind: "moot", why: "nothing waits for it any more" };
    const answered = Promise.withResolvers<Answered>();
    this.#answers.set(call, answered.resolve);
    this.#asking.delete(call);
    for (const line of lines) this.#line.write(line);
    return await answered.promise;
  }

  interrupt(): void {
    if (this.#turn !== "runs" || this.#isGone) return;
    for (const line of this.#speaker.interrupt()) this.#line.write(line);
  }

  async close(): Promise<void> {
    this.#settleAll("the conversation was closed");
    this.#turn = "none";
    this.#line.end();
    const late = new AbortController();
    await Promise.race([this.#line.ended, this.#clock.sleep(closeMs, late.signal)]);
    late.abort();
  }

  async #utter(utterance: Utterance, lines: readonly string[]): Promise<DeliveryResult> {
    const said = Promise.withResolvers<DeliveryResult>();
    const known = new AbortController();
    const settle = (fate: DeliveryResult): void => {
      known.abort();
      this.#pending.delete(utterance.id);
      said.resolve(fate);
    };
    const pending: Pending = { settle, known: known.signal, isQueued: false };
    this.#pending.set(utterance.id, pending);
    for (const line of lines) this.#line.write(line);
    void this.#listen(utterance, pending);
    return await said.promise;
  }

  /** Says an utterance again after a while without a sign: a program ignores one it has had. */
  async #listen(utterance: Utterance, pending: Pending): Promise<void> {
    const { known, settle } = pending;
    await this.#clock.sleep(deafMs, known);
    if (known.aborted || pending.isQueued) return;
    for (const line of this.#speaker.say(utterance)) this.#line.write(line);
    await this.#clock.sleep(deafMs, known);
    if (known.aborted || pending.isQueued) return;
    settle({ kind: "stuck", why: "said twice, and nothing shows that it arrived" });
    this.#look();
  }

  #note(event: AgentEvent): void {
    if (event.kind === "heard") this.#heard(event.utterance, event.how);
    else if (event.kind === "asked") this.#asking.add(event.call);
    else if (event.kind === "ask-closed") this.#askClosed(event);
    else if (event.kind === "turn-ended") {
      this.#heard(this.#opener, "taken");
      if (this.#turn === "runs") this.#turn = "ended";
      this.#look();
    } else if (event.kind === "background") {
      this.#background = event.running;
      if (event.running === 0) void this.#awaitWaking();
    } else if (isActivity.has(event.kind) && !isSubAgent(event)) {
      // A turn that begins does not yet show that the model has the utterance that began it.
      if (event.kind !== "turn-started") this.#heard(this.#opener, "taken");
      if (this.#turn === "ended") this.#turn = "runs";
    }
  }

  #askClosed({ call, how }: Extract<AgentEvent, { kind: "ask-closed" }>): void {
    this.#asking.delete(call);
    this.#answers.get(call)?.(
      how === "withdrawn"
        ? { kind: "moot", why: "the program does not wait for it any more" }
        : { kind: "taken", evidence: how === "refused" ? "it was refused" : "the tool went on" },
    );
    this.#answers.delete(call);
  }

  #heard(id: string, how: "queued" | "taken" | "dropped"): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    pending.isQueued = true;
    if (how === "queued") return;
    if (how === "dropped") {
      pending.settle({ kind: "held", why: "the program let it fall" });
      this.#look();
      return;
    }
    // An utterance taken up after the last word of a turn begins another turn.
    if (this.#turn === "ended") this.#turn = "runs";
    pending.settle({ kind: "taken", evidence: "the program says that it took it up" });
  }

  /** Waits for the program's own turn about its sub-agents' ends, which begins at once or never. */
  async #awaitWaking(): Promise<void> {
    await this.#clock.sleep(wakeMs);
    this.#look();
  }

  #look(): void {
    if (this.#turn !== "ended" || this.#pending.size > 0 || this.#background > 0) return;
    this.#turn = "none";
    this.#over.resolve();
  }

  #gone(): void {
    this.#isGone = true;
    this.#settleAll("the program has ended");
  }

  #settleAll(why: string): void {
    for (const { settle } of [...this.#pending.values()]) settle({ kind: "unknown", why });
    for (const settle of this.#answers.values()) settle({ kind: "moot", why });
    this.#answers.clear();
  }
}
