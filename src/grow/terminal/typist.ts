import { rmSync } from "node:fs";
import type { Utterance } from "../../agents/conversation.ts";
import type { TerminalProfile } from "../../agents/terminal-profile.ts";
import type { Clock } from "../../ground/clock.ts";
import type { Ending } from "../../ground/proc/run.ts";
import { writeWhole } from "../../ground/whole-file.ts";
import type { DeliveryResult } from "../delivery/delivery-road.ts";
import type { HookReader } from "../signals/hook-reader.ts";
import type { OwnedTerminal } from "./own.ts";
import type { ProgramState } from "./program-status.ts";
import type { Mirror } from "./screen/mirror.ts";
import {
  composerText,
  draftMayGo,
  type Gate,
  gateOf,
  pasteOf,
  type TypingFacts,
} from "./typing-guard.ts";

export interface Typing {
  readonly terminal: OwnedTerminal;
  readonly mirror: Mirror;
  readonly profile: TerminalProfile;
  readonly clock: Clock;
  readonly ended: Promise<Ending>;
  /** The program's hooks, and the file they wait for before a tool. */
  readonly hooks: Pick<HookReader, "on" | "catchUp">;
  readonly typingFile: string;
}

/** Time to look for evidence after each Enter: 5 s. */
const evidenceMs = 5_000;
/** Time from its hook in which a tool asks for its permission, or runs: 500 ms. */
const askMs = 500;
/** Time in which a program has read typed keys: 200 ms. */
const readMs = 200;
/** Time a program has to draw a paste: 1 s. */
const settleMs = 1_000;
const pollMs = 25;

/**
 * Types into a terminal, through the gate: one text at a time, whole, and taken only on evidence.
 */
export class Typist {
  readonly #typing: Typing;
  #turn: Promise<unknown> = Promise.resolve();
  /** The prompts that hooks have told of since the last text was typed. */
  #prompts: string[] = [];
  #wentToWork = false;
  /** When a hook told of a tool that may yet ask for a permission. */
  #toolAt = Number.NEGATIVE_INFINITY;
  #isOver = false;

  constructor(typing: Typing) {
    this.#typing = typing;
    void typing.ended.then(() => {
      this.#isOver = true;
    });
    typing.hooks.on((event) => {
      if (event.subAgent !== null) return;
      if (event.kind === "prompt") this.#prompts.push(normal(event.text));
      const asks = event.kind === "tool" && event.moment === "before";
      if (asks) this.#toolAt = typing.clock.monotonic();
    });
  }

  /** Takes the program's report of itself. */
  reported(state: ProgramState): void {
    if (state === "working") this.#wentToWork = true;
  }

  get state(): ProgramState | undefined {
    return this.#typing.terminal.board.get("")?.state;
  }

  /** Types an utterance, after any that is being typed already. */
  async say(utterance: Pick<Utterance, "text">): Promise<DeliveryResult> {
    return await this.inTurn(async () => await this.#say(utterance.text));
  }

  /** Keeps all other tasks from typing meanwhile. */
  inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(task);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  press(keys: string): void {
    this.#typing.terminal.inject(keys);
  }

  /** Says why nothing may be typed now; a draft that may be put aside is no reason. */
  gate(): Gate {
    if (this.#mayAsk) return { kind: "held", by: "state", why: mayAsk };
    const gate = gateOf(this.#scene());
    return this.#mayStash(gate) ? { kind: "open" } : gate;
  }

  /** Looks again and again until the condition holds, the limit passes, or the program ends. */
  async until(holds: () => boolean, limitMs: number): Promise<void> {
    const { clock } = this.#typing;
    const end = clock.monotonic() + limitMs;
    while (!holds() && !this.#isOver && clock.monotonic() < end) await clock.sleep(pollMs);
  }

  async #say(text: string): Promise<DeliveryResult> {
    if (this.#isOver) return { kind: "held", why: "its agent has ended" };
    const gate = await this.#opened();
    if (gate.kind === "held") return { kind: "held", why: gate.why };
    const before = this.state;
    this.#prompts = [];
    this.#wentToWork = false;
    if (!(await this.#type(pasteOf(text)))) {
      return { kind: "held", why: mayAsk };
    }
    const first = await this.#evidence(text, before);
    if (first !== undefined) return { kind: "taken", evidence: first };
    // A dropped Enter leaves the text standing: Enter is pressed once more, into nothing else.
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
   * Types while no dialog can open under the keys. The file is there before we look whether a tool
   * was announced, and hooks announce a tool before they look for the file: one sees the other.
   */
  async #type(keys: string): Promise<boolean> {
    const { terminal, clock, hooks, typingFile } = this.#typing;
    writeWhole(typingFile, "");
    try {
      hooks.catchUp();
      if (this.#mayAsk) return false;
      if (this.state === "blocked") return false;
      terminal.inject(keys);
      await clock.sleep(readMs);
      return true;
    } finally {
      rmSync(typingFile, { force: true });
    }
  }

  /**
   * Opens the gate as far as possible: puts a draft aside if the program can and the draft is idle.
   */
  async #opened(): Promise<Gate> {
    const gate = gateOf(this.#scene());
    const { profile, terminal } = this.#typing;
    if (!this.#mayStash(gate) || profile.stash === undefined) return gate;
    terminal.inject(profile.stash);
    await this.until(() => gateOf(this.#scene()).kind === "open", 1_000);
    return gateOf(this.#scene());
  }

  get #mayAsk(): boolean {
    return this.#typing.clock.monotonic() - this.#toolAt < askMs;
  }

  #mayStash(gate: Gate): boolean {
    const { profile, terminal, clock } = this.#typing;
    if (gate.kind === "open" || gate.by !== "draft" || profile.stash === undefined) return false;
    return draftMayGo(terminal.typing, clock.monotonic());
  }

  async #evidence(text: string, before: ProgramState | undefined): Promise<string | undefined> {
    const { clock } = this.#typing;
    const wanted = normal(text);
    const drawnAt = clock.monotonic() + settleMs;
    let evidence: string | undefined;
    await this.until(() => {
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

  #composer(): string {
    return composerText(this.#typing.mirror.upFromCursor());
  }

  #scene(): TypingFacts {
    const { terminal, mirror, profile } = this.#typing;
    const { board, modes, typing } = terminal;
    const asks = profile.readScreen(mirror.text().join("\n"));
    return { board, modes, typing, composer: this.#composer(), asks };
  }
}

const mayAsk = "a tool is about to run, and may ask";

const normal = (text: string): string => text.replace(/\s+/g, " ").trim();
