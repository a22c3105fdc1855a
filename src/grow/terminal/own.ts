import type { Clock } from "../../ground/clock.ts";
import { sendSignal } from "../../ground/proc/end.ts";
import type { Pty, Size } from "../../ground/proc/pty.ts";
import type { CappedFile } from "../signals/transcript.ts";
import { AnswerFilter, asksToSuspend, notTyping, type Typing, typed } from "./input.ts";
import { readTerminalNotice, type TerminalNotice } from "./notice.ts";
import {
  parseStatusReport,
  type StatusBoard,
  type StatusReport,
  withReport,
} from "./program-status.ts";
import type { Mirror } from "./screen/mirror.ts";
import {
  isAlternate,
  type Modes,
  replayModes,
  undoModes,
  untouched,
  withSequence,
} from "./screen/modes.ts";
import { type Sequence, SequenceScanner } from "./screen/scan.ts";

/** A viewer of the agent's terminal, who may type into it. */
export interface Viewer {
  /** The size of the viewer's terminal. */
  readonly size: Size;
  /** Whether the viewer sees but types nothing: its terminal's answers count for nothing either. */
  readonly readOnly: boolean;
  /** Shows output; @returns false when the writer has to wait until `drained` is called */
  show(bytes: Uint8Array): boolean;
  /**
   * The fate of output the viewer cannot take. `wait`: the program waits, as at a terminal of its
   * own. `skip`: the viewer is shown the screen afresh when it can see again; nothing waits for it.
   */
  readonly slow: "wait" | "skip";
}

/** News of the program besides its picture. */
export type News =
  | {
      readonly kind: "status";
      readonly report: Exclude<StatusReport, { kind: "query" }>;
      readonly board: StatusBoard;
    }
  | TerminalNotice
  | { readonly kind: "bell" };

export interface Owning {
  readonly pty: Pty;
  readonly mirror: Mirror;
  readonly size: Size;
  readonly clock: Clock;
  /** Takes every byte of the program, kept for any later reader. */
  readonly raw: Pick<CappedFile, "append">;
  readonly tell: (news: News) => void;
}

/** Time until a suspended program is resumed, 1 s: there is no shell that could resume it. */
const suspendedMs = 1_000;

interface Seat {
  readonly viewer: Viewer;
  readonly filter: AnswerFilter;
  size: Size;
  waiting: boolean;
  /** The output that came while the first picture is being made; undefined: no picture is. */
  backlog: Uint8Array[] | undefined;
}

/** A terminal that belongs to us, with a program in it; any number of viewers come and go. */
export class OwnedTerminal {
  readonly #owning: Owning;
  readonly #scanner = new SequenceScanner();
  /** In the order they came; the last that may type is the one whose terminal answers. */
  readonly #seats = new Map<Viewer, Seat>();
  readonly #brakes = new Set<unknown>();
  #modes: Modes = untouched;
  #board: StatusBoard = new Map();
  #typing: Typing = notTyping;
  #size: Size;

  constructor(owning: Owning) {
    this.#owning = owning;
    this.#size = owning.size;
    const { pty, mirror } = owning;
    mirror.onReply((reply) => {
      if (this.#primary() === undefined) pty.write(reply);
    });
    mirror.onPressure((behind) => this.#brake(mirror, behind));
    pty.onData((bytes) => this.#take(bytes));
  }

  get modes(): Modes {
    return this.#modes;
  }

  get board(): StatusBoard {
    return this.#board;
  }

  get typing(): Typing {
    return this.#typing;
  }

  get viewers(): number {
    return this.#seats.size;
  }

  /**
   * Lets a viewer join.
   * @param fresh whether the viewer has to be shown the present screen
   */
  join(viewer: Viewer, { fresh }: { readonly fresh: boolean }): void {
    const seat: Seat = {
      viewer,
      filter: new AnswerFilter(),
      size: viewer.size,
      waiting: false,
      backlog: undefined,
    };
    this.#seats.set(viewer, seat);
    if (!viewer.readOnly || this.#seats.size === 1) this.#resize(viewer.size);
    if (fresh) this.#refresh(seat);
  }

  leave(viewer: Viewer): void {
    this.#seats.delete(viewer);
    this.#brake(viewer, false);
    const next = this.#primary() ?? [...this.#seats.values()].at(-1);
    if (next !== undefined) this.#resize(next.size);
  }

  /** Passes a viewer's keys on; those of a read-only viewer are dropped. */
  type(viewer: Viewer, bytes: Uint8Array): void {
    const seat = this.#seats.get(viewer);
    if (seat === undefined || viewer.readOnly) return;
    const { clock, pty } = this.#owning;
    const passed = seat.filter.pass(bytes, seat === this.#primary() ? "primary" : "other");
    if (passed.length === 0) return;
    this.#typing = typed(this.#typing, passed, clock.monotonic());
    pty.write(passed);
    if (asksToSuspend(passed)) void this.#resumeSoon();
  }

  /** Writes to the program past all viewers: the gate decides on the text and the moment. */
  inject(text: string): void {
    this.#owning.pty.write(text);
  }

  resized(viewer: Viewer, size: Size): void {
    const seat = this.#seats.get(viewer);
    if (seat === undefined) return;
    seat.size = size;
    if (!viewer.readOnly || this.#seats.size === 1) this.#resize(size);
  }

  /** Notes that a viewer that had fallen behind can take more. */
  drained(viewer: Viewer): void {
    const seat = this.#seats.get(viewer);
    if (seat === undefined || !seat.waiting) return;
    seat.waiting = false;
    if (viewer.slow === "skip") this.#refresh(seat);
    else this.#brake(viewer, false);
  }

  /** Ends the viewing as the program has ended: every viewer gets back a terminal as it was. */
  end(): void {
    const undo = Buffer.from(undoModes(this.#modes));
    if (undo.length > 0) this.#show(undo);
    this.#modes = untouched;
    this.#owning.mirror.close();
  }

  #take(bytes: Buffer): void {
    for (const sequence of this.#scanner.scan(bytes)) this.#hear(sequence);
    this.#show(bytes);
    const { mirror, raw } = this.#owning;
    mirror.write(bytes);
    raw.append(bytes);
  }

  #show(bytes: Uint8Array): void {
    for (const seat of this.#seats.values()) this.#showTo(seat, bytes);
  }

  #showTo(seat: Seat, bytes: Uint8Array): void {
    const { viewer } = seat;
    if (seat.backlog !== undefined) {
      seat.backlog.push(bytes);
      return;
    }
    if (seat.waiting && viewer.slow === "skip") return;
    if (viewer.show(bytes)) return;
    seat.waiting = true;
    if (viewer.slow === "wait") this.#brake(viewer, true);
  }

  /**
   * Shows the whole screen, then the output that came meanwhile: nothing is seen twice, or never.
   */
  #refresh(seat: Seat): void {
    const { mirror } = this.#owning;
    const modes = this.#modes;
    seat.backlog = [];
    mirror.drawn(() => {
      const screen = isAlternate(modes) ? "" : "\x1b[?1049l";
      const picture = `\x1b[!p${screen}\x1b[H\x1b[2J${mirror.picture()}${replayModes(modes)}`;
      const { backlog = [] } = seat;
      seat.backlog = undefined;
      for (const bytes of [Buffer.from(picture), ...backlog]) this.#showTo(seat, bytes);
    });
  }

  #hear(sequence: Sequence): void {
    const { tell, pty } = this.#owning;
    this.#modes = withSequence(this.#modes, sequence);
    if (sequence.kind === "bell") {
      tell({ kind: "bell" });
      return;
    }
    if (sequence.kind !== "osc") return;
    const body = sequence.body.toString();
    const status = parseStatusReport(body);
    if (status?.kind === "query") {
      pty.write(`\x1b]${body}${sequence.end === "bel" ? "\x07" : "\x1b\\"}`);
    } else if (status !== undefined) {
      this.#board = withReport(this.#board, status);
      tell({ kind: "status", report: status, board: this.#board });
    } else {
      const notice = readTerminalNotice(body);
      if (notice !== undefined) tell(notice);
    }
  }

  #primary(): Seat | undefined {
    return [...this.#seats.values()].findLast(({ viewer }) => !viewer.readOnly);
  }

  #resize(size: Size): void {
    if (size.columns === this.#size.columns && size.rows === this.#size.rows) return;
    this.#size = size;
    this.#owning.pty.resize(size);
    this.#owning.mirror.resize(size);
  }

  /** Holds or releases a brake: the program waits while any brake is held. */
  #brake(who: unknown, on: boolean): void {
    const held = this.#brakes.size > 0;
    if (on) this.#brakes.add(who);
    else this.#brakes.delete(who);
    if (held === this.#brakes.size > 0) return;
    if (held) this.#owning.pty.resume();
    else this.#owning.pty.pause();
  }

  async #resumeSoon(): Promise<void> {
    const { clock, pty } = this.#owning;
    await clock.sleep(suspendedMs);
    await sendSignal(pty.process, "SIGCONT");
  }
}
