import type { EpochMs } from "../ground/clock.ts";
import { cut, type Paper, paint } from "../ground/paper.ts";
import { plainLine } from "../ground/text.ts";
import { formatElapsed } from "./live.ts";

/** One thing that waits for a person. */
export interface Need {
  readonly kind: "permission" | "question" | "blocked" | "suspected" | "needs-human" | "message";
  readonly track: string;
  readonly since: EpochMs;
  /** What it is, in a line; may hold an agent's words. */
  readonly text: string;
  /** What to type. */
  readonly hint: string;
  /** Of an ask: its number, and what the agent said. */
  readonly about?: {
    readonly ask: number;
    readonly worker: string;
    readonly tool: string;
    readonly detail: string;
    readonly options: readonly string[];
  };
}

/** The queue of a person, two lines each and the options of a question. Pure. */
export function formatNeeds(needs: readonly Need[], now: EpochMs, paper: Paper): readonly string[] {
  return needs.flatMap((need) => {
    const head = `${need.track}  ${need.kind}, for ${formatElapsed(now - need.since)}`;
    const options = (need.about?.options ?? []).map(
      (option, index) =>
        `    ${index + 1}  ${cut(plainLine(option), Math.max(20, paper.width - 7))}`,
    );
    return [
      paint(head, "yellow", paper),
      `  ${cut(plainLine(need.text), Math.max(20, paper.width - 2))}`,
      ...options,
      `  ${paint(`→ ${need.hint}`, "dim", paper)}`,
    ];
  });
}

/** The document of `attention` (docs/schema/attention.json). */
export function formatAttention(needs: readonly Need[]): object {
  return {
    needs: needs.map(({ about, ...need }) => ({ ...need, ...about })),
  };
}

/** What is new to a person since they were last called: each thing calls once. */
export function callsFor(needs: readonly Need[], called: ReadonlySet<string>): readonly string[] {
  return needs.map(nameOf).filter((name) => !called.has(name));
}

const nameOf = ({ kind, track, since, about }: Need): string =>
  `${kind}/${track}/${about?.ask ?? since}`;
