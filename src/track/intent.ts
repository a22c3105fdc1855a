import { plainLine } from "../ground/text.ts";
import type { Track } from "./track.ts";

const maxChars = 400;

/**
 * Returns the purpose of a track, in one line that is safe to print: its tasks, else its prompt.
 * Pure.
 */
export function intentOf({
  name,
  tasks,
  prompt,
}: Pick<Track, "name" | "tasks" | "prompt">): string {
  const texts = tasks.map(({ text }) => plainLine(text)).join("; ");
  const words = texts === "" ? plainLine(prompt.trim().split("\n")[0] ?? "") : texts;
  return words === "" ? `track ${name}` : words.slice(0, maxChars);
}
