import type { HookEvent } from "../../agents/hooks.ts";
import type { ProgramState } from "./program-status.ts";

/**
 * The course of a turn as a program's hooks tell it. `unheard`: no hook was called yet; `runs`:
 * another will come; `rests`: none comes before the next prompt.
 */
export type Course = "unheard" | "runs" | "rests";

export function courseAfter(former: Course, event: HookEvent): Course {
  if (event.subAgent !== null) return former;
  switch (event.kind) {
    case "tool":
      return event.moment === "interrupted" ? "rests" : "runs";
    case "prompt":
    case "asked":
    case "handed":
    case "replied":
      return "runs";
    case "turn-ended":
    case "failed":
    case "interrupted":
    case "session-ended":
      return "rests";
    // A session starts anew in the middle of a turn, too.
    case "session-started":
      return former === "unheard" ? "rests" : former;
    default:
      return former;
  }
}

/** Time within which hooks and reports agree on a change, 1 s; after that reports are believed. */
const agreeMs = 1_000;

/**
 * Whether an utterance may be typed rather than left to the next hook: into a running turn only if
 * no hook will hand it over. The gate decides whether the program may be typed to at all. Pure.
 */
export function prefersTyping(scene: {
  readonly course: Course;
  /** Time since the last change of the course, in milliseconds. */
  readonly courseMs: number;
  readonly state: ProgramState | undefined;
  /** Whether the utterance lies where a hook finds it. */
  readonly isLaidDown: boolean;
}): boolean {
  const { course, courseMs, state, isLaidDown } = scene;
  if (!isLaidDown || course === "unheard") return true;
  const [runs, works] = [course === "runs", state === "working"];
  // A job in the background works on without a turn, and a turn that was broken off calls no hook.
  return runs === works ? !runs : courseMs >= agreeMs;
}
