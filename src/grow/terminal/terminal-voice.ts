import { rmSync } from "node:fs";
import type { Answer, Utterance } from "../../agents/conversation.ts";
import type { AgentAsk } from "../../agents/event.ts";
import type { TerminalManners } from "../../agents/manners.ts";
import type { Clock } from "../../ground/clock.ts";
import type { Ending } from "../../ground/proc/run.ts";
import { writeWhole } from "../../ground/whole-file.ts";
import type { HookEar } from "../hook-ear.ts";
import type { Answered, Said, Voice } from "../voice.ts";
import { composerText, type Gate, gateOf, pasteOf, type Scene } from "./gate.ts";
import type { Mirror } from "./mirror.ts";
import type { OwnedTerminal } from "./own.ts";
import type { ProgramState, StatusRecord } from "./program-status.ts";

export interface Speaking {
  readonly terminal: OwnedTerminal;
  readonly mirror: Mirror;
  readonly manners: TerminalManners;
  readonly clock: Clock;
  readonly ended: Promise<Ending>;
  /** What its hooks tell, and the file they wait for before a tool. */
  readonly ear: Pick<HookEar, "on" | "catchUp">;
  readonly typingFile: string;
}

/** How long we look for evidence after each Enter. */
const evidenceMs = 5_000;
/** Within this after its hook a tool has asked for its permission, or runs. */
const askMs = 500;
/** Within this a program has read what was typed. */
const readMs = 200;
/** What a program may take to draw what was pasted. */
const settleMs = 1_000;
/** For how long a person's draft is left alone after its last key. */
const draftMs = 30_000;
/** What a program may take to end after it was asked to. */
const quitMs = 5_000;
const pollMs = 25;

/** Speaks by typing, through the gate: one thing at a time, whole, and only on evidence taken. */
export class TerminalVoice implements Voice {
  readonly #speaking: Speaking;
  #turn: Promise<unknown> = Promise.resolve();
  /** What was heard since the last thing was said. */
  #prompts: string[] = [];
  #wentToWork = false;
  /** The dialogs it has opened so far; each is another. */
  #asked = 0;

  /** When a hook told of a tool that may yet ask for a permission. */
  #toolAt = Number.NEGATIVE_INFINITY;
  #isOver = false;

  constructor(speaking: Speaking) {
    this.#speaking = speaking;
    void speaking.ended.then(() => {
      this.#isOver = true;
    });
    speaking.ear.on((event) => {
      if (event.subAgent !== null) return;
      if (event.kind === "prompt") this.#prompts.push(normal(event.text));
      const asks = event.kind === "tool" && event.moment === "before";
      if (asks) this.#toolAt = speaking.clock.monotonic();
    });
  }

  async say({ text }: Utterance): Promise<Said> {
    return await this.#inTurn(async () => await this.#say(text));
  }

  /** What the program reports of itself. */
  reported({ state }: Pick<StatusRecord, "state">): void {
    if (state === "working") this.#wentToWork = true;
    if (state === "blocked") this.#asked += 1;
  }

  /** The dialog that is open, or was last: an ask is answered, never the one that comes after it. */
  get call(): string {
    return `dialog-${this.#asked}`;
  }

  async answer({ call }: Pick<AgentAsk, "call">, answer: Answer): Promise<Answered> {
    return await this.#inTurn(async () => await this.#answer(call, answer));
  }

  interrupt(): void {
    this.#speaking.terminal.inject("\x1b");
  }

  async close(): Promise<void> {
    const { manners, clock, ended } = this.#speaking;
    if (manners.quit === undefined) return;
    const over = ended.then(() => true);
    const busy = this.#state() === "blocked" || this.#state() === "working";
    if (busy) this.interrupt();
    await this.#until(() => this.#gate().kind === "open", 2_000);
    if (this.#gate().kind !== "open") return;
    this.#speaking.terminal.inject(pasteOf(manners.quit));
    await Promise.race([over, clock.sleep(quitMs)]);
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(task);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #say(text: string): Promise<Said> {
    if (this.#isOver) return { kind: "held", why: "its agent has ended" };
    const gate = await this.#opened();
    if (gate.kind === "held") return { kind: "held", why: gate.why };
    const before = this.#state();
    this.#prompts = [];
    this.#wentToWork = false;
    if (!(await this.#type(pasteOf(text)))) {
      return { kind: "held", why: "a tool is about to run, and may ask" };
    }
    const first = await this.#evidence(text, before);
    if (first !== undefined) return { kind: "taken", evidence: first };
    // A dropped Enter leaves the text standing: it is pressed once more, into nothing else.
    const scene = this.#scene();
    if (this.#isOver) return { kind: "unknown", why: "its agent ended" };
    const alone = gateOf({ ...scene, composer: "" }).kind === "open" && scene.composer !== "";
    if (!alone) return { kind: "stuck", why: "nothing shows that it was taken" };
    if (!(await this.#type("\r"))) return { kind: "stuck", why: "a dialog may open under it" };
    const second = await this.#evidence(text, before);
    return second === undefined
      ? { kind: "stuck", why: "it stands in its composer and is not taken" }
      : { kind: "taken", evidence: `${second}, at the second Enter` };
  }

  /**
   * Types while no dialog can open under it. The file is there before we look whether a tool was
   * announced, and hooks announce a tool before they look for the file: one sees the other.
   */
  async #type(keys: string): Promise<boolean> {
    const { terminal, clock, ear, typingFile } = this.#speaking;
    writeWhole(typingFile, "");
    try {
      ear.catchUp();
      if (clock.monotonic() - this.#toolAt < askMs) return false;
      if (this.#state() === "blocked") return false;
      terminal.inject(keys);
      await clock.sleep(readMs);
      return true;
    } finally {
      rmSync(typingFile, { force: true });
    }
  }

  /** Waits for nothing but a draft that its program can put aside, and only when it is left alone. */
  async #opened(): Promise<Gate> {
    const gate = this.#gate();
    const { manners, clock, terminal } = this.#speaking;
    if (gate.kind === "open" || gate.by !== "draft" || manners.stash === undefined) return gate;
    const { lastKeyAt, pasting } = terminal.typing;
    if (pasting || clock.monotonic() - (lastKeyAt ?? Number.NEGATIVE_INFINITY) < draftMs) {
      return gate;
    }
    terminal.inject(manners.stash);
    await this.#until(() => this.#gate().kind === "open", 1_000);
    return this.#gate();
  }

  async #evidence(text: string, before: ProgramState | undefined): Promise<string | undefined> {
    const { clock } = this.#speaking;
    const wanted = normal(text);
    const drawnAt = clock.monotonic() + settleMs;
    let evidence: string | undefined;
    await this.#until(() => {
      if (this.#prompts.some((prompt) => prompt.includes(wanted))) {
        evidence = "its hook named it";
      } else if (before !== "working" && this.#wentToWork) {
        evidence = "it went to work on it";
      } else if (before === "working" && clock.monotonic() > drawnAt && this.#composer() === "") {
        evidence = "its composer took it into the running turn";
      }
      return evidence !== undefined;
    }, evidenceMs);
    return evidence;
  }

  async #answer(call: string, answer: Answer): Promise<Answered> {
    const { manners, terminal } = this.#speaking;
    const waits = (): boolean => this.#state() === "blocked" && call === this.call;
    if (!waits()) return { kind: "moot", why: "it does not wait for that any more" };
    const what = terminal.board.get("")?.kind === "permission" ? "permission" : "question";
    const given = manners.answers(answer, what);
    if (given === undefined) return { kind: "stuck", why: "attach, and answer it there" };
    terminal.inject("keys" in given ? given.keys : pasteOf(given.text));
    await this.#until(() => !waits(), evidenceMs);
    if (waits()) return { kind: "stuck", why: "its dialog is still open" };
    // A no ends the turn: what is to be done instead begins another.
    if (answer.kind === "deny" && answer.why.trim() !== "") await this.#say(answer.why);
    return { kind: "taken", evidence: "its dialog closed" };
  }

  #state(): ProgramState | undefined {
    return this.#speaking.terminal.board.get("")?.state;
  }

  #composer(): string {
    return composerText(this.#speaking.mirror.upFromCursor());
  }

  #scene(): Scene {
    const { terminal, mirror, manners } = this.#speaking;
    const { board, modes, typing } = terminal;
    const asks = manners.readScreen(mirror.text().join("\n"));
    return { board, modes, typing, composer: this.#composer(), asks };
  }

  #gate(): Gate {
    return gateOf(this.#scene());
  }

  /** Looks again and again until it holds, the limit passes, or the program ends. */
  async #until(holds: () => boolean, limitMs: number): Promise<void> {
    const { clock } = this.#speaking;
    const end = clock.monotonic() + limitMs;
    while (!holds() && !this.#isOver && clock.monotonic() < end) await clock.sleep(pollMs);
  }
}

const normal = (text: string): string => text.replace(/\s+/g, " ").trim();
