import type { Answer, Utterance } from "../../agents/conversation.ts";
import type { AgentAsk } from "../../agents/event.ts";
import type { Answered, DeliveryResult, DeliveryRoad } from "../delivery/delivery-road.ts";
import type { HookRoad } from "../delivery/hook-road.ts";
import { Dialogs } from "./dialogs.ts";
import type { StatusRecord } from "./program-status.ts";
import { type Course, courseAfter, prefersTyping } from "./road.ts";
import { pasteOf } from "./typing-guard.ts";
import { type Typing, Typist } from "./typist.ts";

export interface Speaking extends Typing {
  /** The road on which utterances wait for the hooks of the program. */
  readonly hookRoad: HookRoad;
  /** The folder where the program's hooks wait. */
  readonly hookFolder: string;
}

/** Time between two looks whether a waiting utterance may be typed: 250 ms. */
const lookMs = 250;
/** Time a program has to end after it was asked to: 5 s. */
const quitMs = 5_000;

/**
 * A road to a program in a terminal: by its hooks into the running turn, else by typing. Whichever
 * way takes an utterance first takes it alone.
 */
export class TerminalRoad implements DeliveryRoad {
  readonly #speaking: Speaking;
  readonly #typist: Typist;
  readonly dialogs: Dialogs;
  #course: Course = "unheard";
  #courseAt = 0;
  /** Whether an utterance, taken from the hooks, is being typed: one at a time; the others wait. */
  #isTyping = false;
  #turns = 0;
  /** Whether the program has taken up its first prompt: nothing else is typed before. */
  #hasBegun = false;

  constructor(speaking: Speaking) {
    this.#speaking = speaking;
    this.#typist = new Typist(speaking);
    const { hooks, clock } = speaking;
    this.dialogs = new Dialogs({ ...speaking, typist: this.#typist });
    hooks.on((event) => {
      const course = courseAfter(this.#course, event);
      if (course !== this.#course) this.#courseAt = clock.monotonic();
      this.#course = course;
    });
  }

  /** Takes the program's report of itself. */
  reported({ state }: Pick<StatusRecord, "state">): void {
    if (state !== "idle") this.#hasBegun = true;
    this.#typist.reported(state);
    this.dialogs.reported(state === "blocked");
  }

  /**
   * Says an utterance.
   * @param refusingHold why no turn may begin: an utterance to a program at rest begins one
   */
  async say(
    utterance: Utterance,
    onWait: (why: string) => void = () => undefined,
    refusingHold: () => Promise<string | undefined> = async () => undefined,
  ): Promise<DeliveryResult> {
    const { hookRoad, clock } = this.#speaking;
    const turn = this.#turns;
    let told = "";
    while (turn === this.#turns) {
      const known = new AbortController();
      const byHook = hookRoad.say(utterance).finally(() => known.abort());
      while (!known.signal.aborted) {
        const refused = this.#rests ? await refusingHold() : undefined;
        if (refused === undefined && this.#mayTake(utterance)) break;
        const why = refused ?? this.#waitsFor();
        if (why !== told) onWait(why);
        told = why;
        await clock.sleep(lookMs, known.signal);
      }
      if (known.signal.aborted) return byRoad(await byHook, "hook");
      const said = await this.#typeInstead(utterance);
      if (said.kind !== "held") return byRoad(said, "terminal");
      await clock.sleep(lookMs);
    }
    return { kind: "held", why: "its turn is over" };
  }

  async answer({ call }: Pick<AgentAsk, "call">, answer: Answer): Promise<Answered> {
    return await this.dialogs.answer(call, answer);
  }

  interrupt(): void {
    this.#typist.press("\x1b");
  }

  /** Ends the turn: utterances that no hook has taken are held. */
  rest(): void {
    this.#turns += 1;
    this.#speaking.hookRoad.rest();
  }

  async close(): Promise<void> {
    const { profile, clock, ended } = this.#speaking;
    if (profile.quit === undefined) return;
    const over = ended.then(() => true);
    const { state } = this.#typist;
    if (state === "blocked" || state === "working") this.interrupt();
    const isOpen = (): boolean => this.#typist.gate().kind === "open";
    await this.#typist.until(isOpen, 2_000);
    if (!isOpen()) return;
    this.#typist.press(pasteOf(profile.quit));
    await Promise.race([over, clock.sleep(quitMs)]);
  }

  /** Takes an utterance from the hooks when it is to be typed now; returns whether it did. */
  #mayTake({ id }: Utterance): boolean {
    const { hookRoad, clock } = this.#speaking;
    if (!this.#hasBegun || this.#isTyping || !hookRoad.isNext(id)) return false;
    const scene = { course: this.#course, courseMs: clock.monotonic() - this.#courseAt };
    const { state } = this.#typist;
    if (!prefersTyping({ ...scene, state, isLaidDown: hookRoad.isLaidDown(id) })) return false;
    return this.#typist.gate().kind === "open" && hookRoad.takeBack(id);
  }

  async #typeInstead({ id, text }: Utterance): Promise<DeliveryResult> {
    this.#isTyping = true;
    try {
      // The id: by it the utterance is found in the program's own record.
      return await this.#typist.say({ text: `${text}\n\n(${id})` });
    } finally {
      this.#isTyping = false;
    }
  }

  get #rests(): boolean {
    return this.#typist.state !== "working" && this.#typist.state !== "blocked";
  }

  #waitsFor(): string {
    if (!this.#hasBegun) return "it has not begun yet";
    const gate = this.#typist.gate();
    return gate.kind === "held" ? `held: ${gate.why}` : "it works: its next hook hands it over";
  }
}

function byRoad(said: DeliveryResult, road: "hook" | "terminal"): DeliveryResult {
  return said.kind === "taken" ? { ...said, road } : said;
}
