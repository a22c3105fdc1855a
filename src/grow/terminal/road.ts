import type { HookEvent } from "../../agents/hooks.ts";
import type { ProgramState } from "./program-status.ts";

/**
 * What a program's hooks tell of its turn. `unheard`: it has called none; `runs`: another will come;
 * `rests`: none comes before its next prompt.
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

/** Its hooks and its own reports tell of the same within this; else its reports are believed. */
const agreeMs = 1_000;

/**
 * Whether something may be typed rather than left to the next hook: into a turn that runs only where
 * no hook will hand it over. What keeps a program from being typed to is the gate's affair. Pure.
 */
export function prefersTyping(scene: {
  readonly course: Course;
  /** Since the course is as it is, in milliseconds. */
  readonly courseMs: number;
  readonly state: ProgramState | undefined;
  /** It lies where a hook finds it. */
  readonly isLaidDown: boolean;
}): boolean {
  const { course, courseMs, state, isLaidDown } = scene;
  if (!isLaidDown || course === "unheard") return true;
  const [runs, works] = [course === "runs", state === "working"];
  // A job in the background works on without a turn, and a turn that was broken off calls no hook.
  return runs === works ? !runs : courseMs >= agreeMs;
}
