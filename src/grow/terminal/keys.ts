/*
 * Keys that a terminal reports as sequences: by the kitty keyboard protocol
 * (https://sw.kovidgoyal.net/kitty/keyboard-protocol/) `CSI code:shifted:base ; modifiers:event ; text u`,
 * and by xterm's modifyOtherKeys `CSI 27 ; modifiers ; code ~`. Only the code is always there.
 */

const reported =
  /\x1b\[(\d+)(?::(\d*))?(?::(\d*))?(?:;(\d*)(?::(\d*))?)?(?:;[\d:]*)?u|\x1b\[27;(\d+);(\d+)~/g;

/** The modifiers that change the meaning of a key. Caps Lock (64) and Num Lock (128) do not. */
const shift = 1;
const alt = 2;
const ctrl = 4;
const others = 8 + 16 + 32;

interface Key {
  /**
   * The Unicode code of the key; on a keyboard without Latin letters, of the same key on one that
   * has them.
   */
  readonly code: number;
  /** The modifiers without locks. */
  readonly modifiers: number;
  readonly isRelease: boolean;
}

function keyOf(match: readonly (string | undefined)[]): Key {
  const [, code, , base, modifiers, event, xtermModifiers, xtermCode] = match;
  const own = Number(code ?? xtermCode);
  const bits = Number(modifiers || xtermModifiers || 1) - 1;
  return {
    code: own > 127 && base ? Number(base) : own,
    modifiers: bits & (shift | alt | ctrl | others),
    isRelease: event === "3",
  };
}

/** Finds the byte a plain terminal sends for a key; undefined for a key without a byte. */
function plainByte({ code, modifiers }: Key): string | undefined {
  if (code > 127 || (modifiers & (alt | others)) !== 0) return undefined;
  const letter = String.fromCharCode(code);
  if ((modifiers & ctrl) === 0) return letter;
  return /[@a-z[\\\]^_]/.test(letter) ? String.fromCharCode(code & 0x1f) : undefined;
}

/**
 * Replaces reported keys by the bytes that a plain terminal sends for them, where there are such;
 * keys that are let go vanish. Text is in Latin-1: a character a byte.
 */
export function plainKeys(text: string): string {
  return text.replace(reported, (sequence, ...groups: (string | undefined)[]) => {
    const key = keyOf([sequence, ...groups.slice(0, 7)]);
    return key.isRelease ? "" : (plainByte(key) ?? sequence);
  });
}

/** Finds where a key stands that a plain terminal sends as this byte; -1 when it is not there. */
export function indexOfKey(text: string, byte: string): number {
  const plain = text.indexOf(byte);
  for (const match of text.matchAll(reported)) {
    if (plain >= 0 && plain < match.index) return plain;
    const key = keyOf(match);
    if (!key.isRelease && plainByte(key) === byte) return match.index;
  }
  return plain;
}

/** The begun and unfinished sequence of a reported key, at the end of a text. */
export const unfinishedKey = /\x1b(?:\[[\d:;]{0,40})?$/;
