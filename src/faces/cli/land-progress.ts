import { unstyled } from "../../ground/text.ts";
import type { LandProgress } from "../../land/landing/site.ts";
import { stepWords } from "../../watch/landing.ts";

/**
 * Says how a landing gets on, a line a step.
 * @param mark before each line that is not a step, where several land at once
 */
export function progressOf(
  name: string,
  onNote: (text: string) => void,
  mark = "",
): (said: LandProgress) => void {
  return (said) => {
    if (said.kind === "step") onNote(`${name}: ${stepWords[said.step]}`);
    else if (said.text.trim() !== "") {
      for (const line of unstyled(said.text).trimEnd().split("\n")) onNote(mark + line);
    }
  };
}
