import { plainLine } from "../../../ground/text.ts";

/** What a program's screen has come to, looked at now and then; times of the monotonic clock. */
export interface ScreenSeen {
  readonly text: string;
  /** Since when it shows this. */
  readonly since: number;
}

/** What is known of a program that may wait for a person without a word. */
export interface SilentScene {
  readonly screen: ScreenSeen;
  /** Whether anything has told of this turn but the screen. */
  readonly hasReported: boolean;
  /** What its screen is known to ask, in words for a person. */
  readonly asks: string | undefined;
  /** Whether the program tells of its work: one that never does says nothing by its silence. */
  readonly tells: boolean;
}

/** Starting, or taking what was typed, a program draws something new sooner. */
const stillMs = 6_000;
/** With nothing on its screen it may still be loading. */
const emptyMs = 30_000;

/**
 * What a person has to see to when nothing but the screen tells: a question of a kind that is known,
 * or any screen that stands still. Undefined: nothing as far as can be seen. Pure.
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
 * Why a program that says it works is not believed: it moves its screen meanwhile (a spinner, the
 * seconds), and this one does not, nor tells anything. Undefined: it is. Pure.
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

/** More of a detail is not kept with a state. */
const longest = 420;

/** The words of a screen without its frames: its beginning and its end, where it is long. */
export function screenExcerpt(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => plainLine(line.replace(/[\u2500-\u259f]+/g, " ")))
    .filter((line) => line !== "");
  if (lines.join("\n").length <= longest) return lines.join("\n");
  const head: string[] = [];
  const tail: string[] = [];
  const room = (): number => longest - [...head, ...tail].join("\n").length;
  // What it is about stands first, what there is to choose from last.
  for (const line of lines.slice(0, 2)) head.push(line.slice(0, longest / 4));
  for (const line of lines.slice(2).toReversed()) {
    if (line.length + 4 > room()) break;
    tail.unshift(line);
  }
  return [...head, "…", ...tail].join("\n");
}
