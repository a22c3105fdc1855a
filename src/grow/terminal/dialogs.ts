import { closeSync, constants, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Answer } from "../../agents/conversation.ts";
import type { Denial } from "../../agents/event.ts";
import type { Input } from "../../agents/hooks.ts";
import type { DialogStep } from "../../agents/terminal-profile.ts";
import type { Answered } from "../delivery/delivery-road.ts";
import { pasteOf } from "./typing-guard.ts";
import type { Typing, Typist } from "./typist.ts";

export interface Asking
  extends Pick<Typing, "terminal" | "mirror" | "profile" | "hooks" | "clock"> {
  readonly typist: Typist;
  /** The folder where the program's hooks wait. */
  readonly hookFolder: string;
}

/** A call of a tool that waits for its dialog. */
export interface AskedFor {
  readonly tool: string;
  readonly input: Input;
}

/** Time an answer has to close its dialog: 5 s. */
const closeMs = 5_000;
/** Time a hook that has told that it waits has to do so: 1 s. */
const waitMs = 1_000;
/** Time the program has to show the next of its questions: 2 s. */
const screenMs = 2_000;
/** Time the turn has to end after a no: 1 s. */
const restMs = 1_000;
const pollMs = 25;
/** Time until a held text is typed again: 250 ms. */
const againMs = 250;
/** Most bytes of a reply: a pipe takes no more at once. */
const mostBytes = 60_000;

/**
 * The dialogs a program opens. A dialog is answered by the hook that waits beside it, if the
 * program has one, else by keys: always this very dialog, never the next.
 */
export class Dialogs {
  readonly #asking: Asking;
  /** The number of dialogs opened so far; it tells a dialog from the next. */
  #count = 0;
  #reports = 0;
  /** The calls for which the program asks. */
  readonly #asked = new Map<string, AskedFor>();
  readonly #denials: Denial[] = [];
  /** The calls whose hooks wait. */
  readonly #waiting = new Set<string>();
  readonly #replied = new Set<string>();
  readonly #answering = new Set<string>();

  constructor(asking: Asking) {
    this.#asking = asking;
    asking.hooks.on((event) => {
      if (event.kind === "asked" && event.waits !== null) this.#waiting.add(event.waits);
      if (event.kind === "replied") this.#replied.add(event.ask);
    });
  }

  /** Takes the program's report of itself. */
  reported(isBlocked: boolean): void {
    this.#reports += 1;
    if (isBlocked) this.#count += 1;
  }

  /** Names the open dialog, or else the last, for a call that no hook names. */
  get latest(): string {
    return `dialog-${this.#count}`;
  }

  isOpen(call: string): boolean {
    const { typist } = this.#asking;
    if (typist.state !== "blocked") return false;
    return this.#waiting.has(call) ? !this.#replied.has(call) : call === this.latest;
  }

  /** Notes that the program has opened a dialog for a call. */
  opened(call: string, asked: AskedFor): void {
    this.#asked.set(call, asked);
  }

  /** The calls that a person has refused from elsewhere. */
  get denials(): readonly Denial[] {
    return this.#denials;
  }

  /** Lets the hook go that waits beside a dialog that is over. */
  release(call: string): void {
    if (this.#waiting.delete(call) && !this.#replied.has(call)) this.#write(call, "\n");
    this.#replied.delete(call);
    this.#asked.delete(call);
  }

  /** Whether a call's answer is on its way, with its effect not known yet. */
  isAnswering(call: string): boolean {
    return this.#answering.has(call);
  }

  async answer(call: string, answer: Answer): Promise<Answered> {
    this.#answering.add(call);
    const asked = this.#asked.get(call) ?? { tool: "", input: {} };
    try {
      const answered = await this.#answer(call, asked, answer);
      const { what, detail } = this.#asking.profile.asks(asked.input);
      const isNo = answer.kind === "deny" && what === "permission" && answered.kind === "taken";
      if (isNo) this.#denials.push({ call, tool: asked.tool, why: detail });
      return answered;
    } finally {
      this.#answering.delete(call);
    }
  }

  async #answer(call: string, { input }: AskedFor, answer: Answer): Promise<Answered> {
    const { typist, terminal, profile } = this.#asking;
    if (!this.isOpen(call)) return over;
    const line = this.#waiting.has(call) ? profile.reply(input, answer) : undefined;
    if (line !== undefined) {
      const before = this.#reports;
      if (await this.#reply(call, line)) return await this.#closed(before);
    }
    const { what } = profile.asks(input);
    // Of several calls that wait for their hooks, nothing tells which one a key would reach.
    const isAmong = this.#waiting.has(call) && this.#waiting.size > 1;
    const steps = isAmong ? undefined : profile.steps(input, answer);
    if (steps === undefined || terminal.board.get("")?.kind !== what) {
      return { kind: "stuck", why: "only a person at it can answer it" };
    }
    const pressed = await typist.inTurn(async () => await this.#press(call, steps));
    const isNo = what === "permission" && answer.kind === "deny";
    return pressed.kind === "taken" && isNo ? await this.#sayInstead(answer.why) : pressed;
  }

  /**
   * Presses keys for one screen after the other, and none into a screen other than the expected.
   */
  async #press(call: string, steps: readonly DialogStep[]): Promise<Answered> {
    const { typist, mirror } = this.#asking;
    let before = this.#reports;
    for (const [at, { shows, keys, text }] of steps.entries()) {
      const isShown = (): boolean => {
        const screen = withoutGaps(mirror.text().join(" "));
        return shows.every((words) => screen.includes(withoutGaps(words)));
      };
      await typist.until(() => isShown() || !this.isOpen(call), screenMs);
      if (!this.isOpen(call)) return at === 0 ? over : await this.#closed(before);
      if (!isShown()) return { kind: "stuck", why: "its dialog shows something else" };
      before = this.#reports;
      typist.press(`${keys}${text === undefined ? "" : pasteOf(text)}`);
    }
    return await this.#closed(before);
  }

  /** Says the words of a refusal: a no by a key ends the turn, and these words begin another. */
  async #sayInstead(why: string): Promise<Answered> {
    const { typist, clock } = this.#asking;
    await typist.until(() => typist.state !== "working", restMs);
    const limit = clock.monotonic() + closeMs;
    let said = await typist.say({ text: why });
    while (said.kind === "held" && clock.monotonic() < limit) {
      await clock.sleep(againMs);
      said = await typist.say({ text: why });
    }
    const words =
      said.kind === "taken" ? "and it has your words" : `but not your words: ${said.why}`;
    return { kind: "taken", evidence: `${closed}, ${words}` };
  }

  /** Sends an answer to the waiting hook; @returns false when no hook waits for it */
  async #reply(call: string, line: string): Promise<boolean> {
    const { clock, typist } = this.#asking;
    if (Buffer.byteLength(line) > mostBytes) return false;
    const limit = clock.monotonic() + waitMs;
    while (!this.#write(call, `${line}\n`)) {
      if (clock.monotonic() > limit) return false;
      await clock.sleep(pollMs);
    }
    await typist.until(() => this.#replied.has(call), waitMs);
    return true;
  }

  /** Writes a line whole or not at all; @returns false when no process reads there */
  #write(call: string, line: string): boolean {
    try {
      const path = join(this.#asking.hookFolder, call);
      const pipe = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      try {
        writeSync(pipe, line);
      } finally {
        closeSync(pipe);
      }
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Waits until a dialog is closed: the program tells of something else then.
   * @param before the number of its reports when the dialog was open
   */
  async #closed(before: number): Promise<Answered> {
    const { typist } = this.#asking;
    const isClosed = (): boolean => typist.state !== "blocked" || this.#reports > before;
    await typist.until(isClosed, closeMs);
    return isClosed()
      ? { kind: "taken", evidence: closed }
      : { kind: "stuck", why: "its dialog is still open" };
  }
}

/** Removes gaps: where lines are broken depends on the room there is. */
const withoutGaps = (text: string): string => text.replace(/\s+/g, "");

const closed = "its dialog closed";
const over: Answered = { kind: "moot", why: "it does not wait for that any more" };
