import type { Sequence } from "./scan.ts";

/** Private modes that are on when a terminal starts; all others are off. */
const onAtFirst = new Set([7, 25]);
/**
 * Modes that terminals start with differently (scrolling the alternate screen): not ours to set
 * back.
 */
const ownMatter = new Set([1007]);
/** Screens: switched last when undone, first when replayed. */
const screens = [47, 1047, 1048, 1049];
/** Modes held for the length of one frame; never a state to keep. */
const transient = new Set([2026]);
const maxModes = 64;
const maxDepth = 32;

interface Keyboard {
  /** Flags of the kitty protocol, as pushed. */
  readonly pushed: readonly string[];
  /** The state of `modifyOtherKeys` (`CSI > 4 ; n m`); empty when it is not set. */
  readonly other: string;
}

/** The modes that a program has switched in its terminal and would leave behind. */
export interface Modes {
  /** The private modes the program has set or reset, as it last did. */
  readonly set: ReadonlyMap<number, boolean>;
  readonly main: Keyboard;
  readonly alternate: Keyboard;
  /** The cursor's shape, `CSI n SP q`; empty for the terminal's own. */
  readonly cursor: string;
  readonly keypad: boolean;
  /** Colours of text, ground and cursor (OSC 10 to 12). */
  readonly colours: ReadonlyMap<string, string>;
  readonly title: string;
}

const plainKeyboard: Keyboard = { pushed: [], other: "" };

/** The modes of a terminal as it starts. */
export const untouched: Modes = {
  set: new Map(),
  main: plainKeyboard,
  alternate: plainKeyboard,
  cursor: "",
  keypad: false,
  colours: new Map(),
  title: "",
};

/** Whether a private mode is on. */
export function isOn({ set }: Modes, mode: number): boolean {
  return set.get(mode) ?? onAtFirst.has(mode);
}

/** Whether the program draws on the alternate screen. */
export const isAlternate = (modes: Modes): boolean =>
  [47, 1047, 1049].some((mode) => isOn(modes, mode));

/** Computes the modes after one more sequence; the same object when nothing lasting changes. */
export function withSequence(modes: Modes, sequence: Sequence): Modes {
  switch (sequence.kind) {
    case "bell":
      return modes;
    case "escape":
      return sequence.final === "c" ? untouched : { ...modes, keypad: sequence.final === "=" };
    case "osc":
      return withCommand(modes, sequence.body.toString());
    case "csi":
      return withCsi(modes, sequence);
  }
}

function withCommand(modes: Modes, body: string): Modes {
  const [, code = "", text = ""] = /^(\d+);?([\s\S]*)$/.exec(body) ?? [];
  if (code === "0" || code === "2") return { ...modes, title: text };
  const colours = new Map(modes.colours);
  if (/^1[0-2]$/.test(code) && text !== "?" && !text.includes(";")) {
    return { ...modes, colours: colours.set(code, text) };
  }
  if (/^11[0-2]$/.test(code) && colours.delete(code.slice(1))) return { ...modes, colours };
  return modes;
}

function withCsi(modes: Modes, csi: Extract<Sequence, { kind: "csi" }>): Modes {
  switch (csi.final) {
    case "h":
    case "l":
      return withPrivate(modes, csi.params, csi.final === "h");
    case "u":
      return withKeyboard(modes, (keyboard) => pushed(keyboard, csi.prefix, csi.params));
    case "m":
      return withKeyboard(modes, (keyboard) =>
        /^4(;|$)/.test(csi.params) ? { ...keyboard, other: csi.params.slice(2) } : keyboard,
      );
    case "q":
      return { ...modes, cursor: csi.params === "0" ? "" : csi.params };
    default:
      // A soft reset: the cursor shows again, keys are plain; screens and mouse stay (DECSTR).
      return withPrivate({ ...modes, cursor: "", keypad: false }, "25", true);
  }
}

function withPrivate(modes: Modes, params: string, on: boolean): Modes {
  const set = new Map(modes.set);
  for (const mode of params.split(";").map(Number)) {
    if (!Number.isInteger(mode) || mode <= 0 || transient.has(mode)) continue;
    if (set.has(mode) || set.size < maxModes) set.set(mode, on);
  }
  return { ...modes, set };
}

/** Changes the keyboard of the current screen: each has its own (kitty's protocol says so). */
function withKeyboard(modes: Modes, change: (keyboard: Keyboard) => Keyboard): Modes {
  return isAlternate(modes)
    ? { ...modes, alternate: change(modes.alternate) }
    : { ...modes, main: change(modes.main) };
}

function pushed(keyboard: Keyboard, prefix: string, params: string): Keyboard {
  const { pushed: stack } = keyboard;
  const flags = params.split(";")[0] || "0";
  if (prefix === ">") return { ...keyboard, pushed: [...stack, flags].slice(-maxDepth) };
  if (prefix === "=") return { ...keyboard, pushed: [...stack.slice(0, -1), flags] };
  const count = Math.max(1, Number(params) || 1);
  return { ...keyboard, pushed: stack.slice(0, Math.max(0, stack.length - count)) };
}

const csi = (text: string): string => `\x1b[${text}`;
const switchTo = (mode: number, on: boolean): string => csi(`?${mode}${on ? "h" : "l"}`);

const changed = ({ set }: Modes): readonly (readonly [number, boolean])[] =>
  [...set].filter(([mode, on]) => ownMatter.has(mode) || on !== onAtFirst.has(mode));

/**
 * Builds the sequences that bring a fresh terminal into these modes, but for the screens: those
 * belong to the picture, which comes before.
 */
export function replayModes(modes: Modes): string {
  const keyboard = isAlternate(modes) ? modes.alternate : modes.main;
  return [
    ...changed(modes)
      .filter(([mode]) => !screens.includes(mode))
      .map(([mode, on]) => switchTo(mode, on)),
    ...keyboard.pushed.map((flags) => csi(`>${flags}u`)),
    keyboard.other === "" ? "" : csi(`>4;${keyboard.other}m`),
    modes.cursor === "" ? "" : csi(`${modes.cursor} q`),
    modes.keypad ? "\x1b=" : "",
    ...[...modes.colours].map(([code, colour]) => `\x1b]${code};${colour}\x1b\\`),
    modes.title === "" ? "" : `\x1b]2;${modes.title}\x1b\\`,
  ].join("");
}

/** Builds the sequences that undo all a program left switched; empty when it left nothing. */
export function undoModes(modes: Modes): string {
  const left = changed(modes).filter(([mode]) => !ownMatter.has(mode));
  return [
    ...left.filter(([mode]) => !screens.includes(mode)).map(([mode, on]) => switchTo(mode, !on)),
    isAlternate(modes) ? plainAgain(modes.alternate) : "",
    ...left.filter(([mode]) => screens.includes(mode)).map(([mode, on]) => switchTo(mode, !on)),
    plainAgain(modes.main),
    modes.cursor === "" ? "" : csi("0 q"),
    modes.keypad ? "\x1b>" : "",
    ...[...modes.colours.keys()].map((code) => `\x1b]1${code}\x1b\\`),
    modes.title === "" ? "" : "\x1b]2;\x1b\\",
  ].join("");
}

const plainAgain = ({ pushed: { length }, other }: Keyboard): string =>
  `${length === 0 ? "" : csi(`<${length}u`)}${other === "" ? "" : csi(">4m")}`;
