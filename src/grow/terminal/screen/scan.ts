/** A control sequence in a program's output that matters to its viewers. */
export type Sequence =
  /** An operating system command: all between `ESC ]` and its end, and how it ended. */
  | { readonly kind: "osc"; readonly body: Buffer; readonly end: "bel" | "st" }
  /** `CSI prefix params intermediate final`; only those that set something lasting. */
  | {
      readonly kind: "csi";
      readonly prefix: string;
      readonly params: string;
      readonly intermediate: string;
      readonly final: string;
    }
  /** `ESC final`: full reset (`c`), keypad modes (`=`, `>`). */
  | { readonly kind: "escape"; readonly final: "c" | "=" | ">" }
  | { readonly kind: "bell" };

/** The longest command that is kept, 4 KiB; a longer one is no status, and is passed over whole. */
export const maxOscBytes = 4_096;
const maxCsiBytes = 64;

const bel = 0x07;
const cancel = 0x18;
const substitute = 0x1a;
const esc = 0x1b;
const backslash = 0x5c;
const tmuxMark = Buffer.from("tmux;");

type State =
  | "ground"
  | "escape"
  | "csi"
  | "osc"
  | "osc-escape"
  | "dcs"
  | "tmux"
  | "tmux-escape"
  /** A string that no reader here needs: passed over to its end. */
  | "string"
  | "string-escape";

/**
 * Finds control sequences in a stream of bytes, whatever the borders of its chunks. It changes
 * nothing and never throws. Sequences passed through tmux are read as if they stood there
 * themselves. Follows the state machine of Paul Williams (vt100.net) as far as strings go; a UTF-8
 * stream has no 8-bit controls.
 */
export class SequenceScanner {
  #state: State = "ground";
  readonly #held: number[] = [];
  #tooLong = false;
  #inner: SequenceScanner | undefined;
  readonly #depth: number;

  constructor(depth = 0) {
    this.#depth = depth;
  }

  scan(chunk: Uint8Array): readonly Sequence[] {
    const found: Sequence[] = [];
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      // Nearly all bytes are text: they cost one comparison each.
      if (this.#state === "ground" && byte !== esc && byte !== bel) continue;
      this.#take(byte, found);
    }
    return found;
  }

  #take(byte: number, found: Sequence[]): void {
    if (byte === cancel || byte === substitute) {
      this.#become("ground");
      return;
    }
    switch (this.#state) {
      case "ground":
        if (byte === esc) this.#become("escape");
        else if (byte === bel) found.push({ kind: "bell" });
        return;
      case "escape":
        this.#takeEscape(byte, found);
        return;
      case "csi":
        this.#takeCsi(byte, found);
        return;
      case "osc":
        if (byte === bel) this.#endOsc("bel", found);
        else if (byte === esc) this.#state = "osc-escape";
        else this.#hold(byte, maxOscBytes);
        return;
      case "osc-escape":
        if (byte === backslash) this.#endOsc("st", found);
        else this.#restart(byte, found);
        return;
      case "dcs":
        this.#takeDcs(byte);
        return;
      case "string":
        if (byte === esc) this.#state = "string-escape";
        return;
      case "string-escape":
        if (byte === backslash) this.#become("ground");
        else this.#restart(byte, found);
        return;
      case "tmux":
        if (byte === esc) this.#state = "tmux-escape";
        else this.#pass(byte, found);
        return;
      case "tmux-escape":
        if (byte === esc) {
          this.#state = "tmux";
          this.#pass(esc, found);
        } else if (byte === backslash) this.#become("ground");
        else this.#restart(byte, found);
    }
  }

  #become(state: State): void {
    this.#state = state;
    this.#held.length = 0;
    this.#tooLong = false;
    this.#inner = undefined;
  }

  /**
   * Begins a new sequence at an ESC inside a string that does not end the string, which is dropped.
   */
  #restart(byte: number, found: Sequence[]): void {
    this.#become("escape");
    this.#takeEscape(byte, found);
  }

  #hold(byte: number, limit: number): void {
    if (this.#held.length < limit) this.#held.push(byte);
    else this.#tooLong = true;
  }

  #takeEscape(byte: number, found: Sequence[]): void {
    const char = String.fromCharCode(byte);
    if (char === "[") this.#become("csi");
    else if (char === "]") this.#become("osc");
    else if (char === "P") this.#become("dcs");
    else if (char === "X" || char === "^" || char === "_") this.#become("string");
    else if (byte === esc) this.#become("escape");
    else if (byte === bel) found.push({ kind: "bell" });
    // Intermediates ("designate a character set"): their final byte is text to us, and harmless.
    else if (byte >= 0x20) {
      this.#become("ground");
      if (char === "c" || char === "=" || char === ">") found.push({ kind: "escape", final: char });
    }
  }

  #takeCsi(byte: number, found: Sequence[]): void {
    if (byte === esc) this.#become("escape");
    else if (byte === bel) found.push({ kind: "bell" });
    else if (byte >= 0x40 && byte <= 0x7e) {
      // Nearly all sequences are colours: they cost no more than a look at their first byte.
      const isColour = byte === 0x6d && this.#held[0] !== 0x3e;
      if (!isColour && !this.#tooLong) this.#endCsi(String.fromCharCode(byte), found);
      this.#become("ground");
    } else if (byte >= 0x20) this.#hold(byte, maxCsiBytes);
  }

  #endCsi(final: string, found: Sequence[]): void {
    const text = String.fromCharCode(...this.#held);
    const [, prefix = "", params = "", intermediate = ""] = csiParts.exec(text) ?? [];
    if (isLasting(prefix, intermediate, final)) {
      found.push({ kind: "csi", prefix, params, intermediate, final });
    }
  }

  #endOsc(end: "bel" | "st", found: Sequence[]): void {
    if (!this.#tooLong) found.push({ kind: "osc", body: Buffer.from(this.#held), end });
    this.#become("ground");
  }

  #takeDcs(byte: number): void {
    if (byte !== tmuxMark[this.#held.length] || this.#depth > 0) {
      this.#become(byte === esc ? "string-escape" : "string");
      return;
    }
    this.#held.push(byte);
    if (this.#held.length < tmuxMark.length) return;
    this.#become("tmux");
    this.#inner = new SequenceScanner(this.#depth + 1);
  }

  #pass(byte: number, found: Sequence[]): void {
    found.push(...(this.#inner?.scan(Uint8Array.of(byte)) ?? []));
  }
}

const csiParts = /^([<-?]?)([0-9:;]*)([ -/]*)$/;

/** Whether a sequence lasts: private modes, keyboard protocols, cursor shape, soft reset. */
function isLasting(prefix: string, intermediate: string, final: string): boolean {
  switch (final) {
    case "h":
    case "l":
      return prefix === "?" && intermediate === "";
    case "u":
      return "<>=".includes(prefix) && prefix !== "" && intermediate === "";
    case "m":
      return prefix === ">" && intermediate === "";
    case "q":
      return prefix === "" && intermediate === " ";
    case "p":
      return prefix === "" && intermediate === "!";
    default:
      return false;
  }
}
