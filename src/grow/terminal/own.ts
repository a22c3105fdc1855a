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

/** Somebody who sees the agent's terminal, and may type into it. */
export interface Viewer {
  /** Of its terminal. */
  readonly size: Size;
  /** Sees, and types nothing: its terminal's answers count for nothing either. */
  readonly readOnly: boolean;
  /** @returns false when it has to be waited for: `drained` is called when it can take more */
  show(bytes: Uint8Array): boolean;
  /**
   * What becomes of output it cannot take. `wait`: the program waits, as at a terminal of its own.
   * `skip`: it is shown the screen afresh when it can see again; nobody waits for it.
   */
  readonly slow: "wait" | "skip";
}

/** What is heard from the program besides its picture. */
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
  /** Every byte of the program, kept for whoever wants to know. */
  readonly raw: Pick<CappedFile, "append">;
  readonly tell: (news: News) => void;
}

/** How long a suspended program stays so: there is no shell that could resume it. */
const suspendedMs = 1_000;

interface Seat {
  readonly viewer: Viewer;
  readonly filter: AnswerFilter;
  size: Size;
  waiting: boolean;
  /** What came while its first picture is being made; undefined: nothing is. */
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

  /** @param fresh whether it has to be shown what is on the screen already */
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

  /** What a viewer types; that of a reader is not heard. */
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

  /** Writes to the program past all viewers: what may be written, and when, is the gate's affair. */
  inject(text: string): void {
    this.#owning.pty.write(text);
  }

  resized(viewer: Viewer, size: Size): void {
    const seat = this.#seats.get(viewer);
    if (seat === undefined) return;
    seat.size = size;
    if (!viewer.readOnly || this.#seats.size === 1) this.#resize(size);
  }

  /** A viewer that had to be waited for can take more. */
  drained(viewer: Viewer): void {
    const seat = this.#seats.get(viewer);
    if (seat === undefined || !seat.waiting) return;
    seat.waiting = false;
    if (viewer.slow === "skip") this.#refresh(seat);
    else this.#brake(viewer, false);
  }

  /** The program has ended: whoever looks gets back a terminal as it was. */
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

  /** Shows all there is, then what came meanwhile: nothing is seen twice, or never. */
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

  /** The program waits while anything holds the brake. */
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
