import { plainLine } from "../../../ground/text.ts";

/** The last known screen of a program; times of the monotonic clock. */
export interface ScreenSeen {
  readonly text: string;
  /** Since when the screen shows this. */
  readonly since: number;
}

/** The state of a program that may wait for a person without a word. */
export interface SilentScene {
  readonly screen: ScreenSeen;
  /** Whether any source but the screen has told of this turn. */
  readonly hasReported: boolean;
  /** The question its screen is known to ask, in words for a person. */
  readonly asks: string | undefined;
  /** Whether the program tells of its work: one that never does says nothing by its silence. */
  readonly tells: boolean;
}

/** Time of standing still from which a screen waits, 6 s: a busy program draws something sooner. */
const stillMs = 6_000;
/** The same for an empty screen, 30 s: the program may still be loading. */
const emptyMs = 30_000;

/**
 * Finds the thing a person has to see to when only the screen tells: a question of a known kind, or
 * any screen that stands still. Undefined: nothing as far as can be seen. Pure.
 */
export function waitingScreen(scene: SilentScene, now: number): string | undefined {
  const { screen, hasReported, asks, tells } = scene;
  if (hasReported) return undefined;
  const shown = screenExcerpt(screen.text);
  if (asks !== undefined) return `${asks}\n${shown}`;
  if (!tells || now - screen.since < (shown === "" ? emptyMs : stillMs)) return undefined;
  return shown === ""
    ? "it has told nothing, and its screen is empty"
    : `it has told nothing, and its screen stands still:\n${shown}`;
}

/**
 * Says why a program's claim to work is not believed: a working program moves its screen (a
 * spinner, the seconds), and this one neither moves it nor tells anything. Undefined: it is
 * believed. Pure.
 */
export function silentWork(
  scene: {
    readonly screen: ScreenSeen;
    /** When something was told last. */
    readonly stirredAt: number;
    readonly afterMs: number;
  },
  now: number,
): string | undefined {
  const stillMsNow = now - Math.max(scene.screen.since, scene.stirredAt);
  if (stillMsNow < scene.afterMs) return undefined;
  const shown = screenExcerpt(scene.screen.text);
  return `it has moved nothing on its screen and told nothing for ${Math.floor(stillMsNow / 1_000)} s: it may wait for a person:\n${shown}`;
}

/** Longest excerpt, in characters: no more of a detail is kept with a state. */
const longest = 420;

/** Excerpts a screen's words without its frames: the beginning and the end of a long one. */
export function screenExcerpt(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => plainLine(line.replace(/[\u2500-\u259f]+/g, " ")))
    .filter((line) => line !== "");
  if (lines.join("\n").length <= longest) return lines.join("\n");
  const head: string[] = [];
  const tail: string[] = [];
  const room = (): number => longest - [...head, ...tail].join("\n").length;
  // The subject stands first, the choices last.
  for (const line of lines.slice(0, 2)) head.push(line.slice(0, longest / 4));
  for (const line of lines.slice(2).toReversed()) {
    if (line.length + 4 > room()) break;
    tail.unshift(line);
  }
  return [...head, "…", ...tail].join("\n");
}
