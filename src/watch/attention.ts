import type { AskedQuestion } from "../agents/event.ts";
import type { EpochMs } from "../ground/clock.ts";
import { cut, folded, type Paper, paint } from "../ground/paper.ts";
import { plainLine } from "../ground/text.ts";
import { formatElapsed } from "./live.ts";

/** A thing that waits for a person. */
export interface AttentionNeed {
  readonly kind:
    | "permission"
    | "question"
    | "blocked"
    | "suspected"
    | "needs-human"
    /** A track that can land, and that only a person lands. */
    | "ready"
    /** A message to a worker that is stuck. */
    | "message"
    /** A message to the person. */
    | "told";
  /** The track; for a race its name. */
  readonly track: string;
  readonly since: EpochMs;
  /** The need in a line; may hold an agent's words. */
  readonly text: string;
  /** The command to type. */
  readonly hint: string;
  /** For an ask: its number, and the agent's words. */
  readonly about?: {
    readonly ask: number;
    readonly worker: string;
    readonly tool: string;
    readonly detail: string;
    readonly options: readonly string[];
    readonly questions?: readonly AskedQuestion[];
  };
}

/** Formats the queue of a person, two lines each and the options of a question. Pure. */
export function formatNeeds(
  needs: readonly AttentionNeed[],
  now: EpochMs,
  paper: Paper,
): readonly string[] {
  return needs.flatMap((need) => {
    const head = `${need.track}  ${need.kind}, for ${formatElapsed(now - need.since)}`;
    return [
      paint(head, "yellow", paper),
      ...linesOf(need, paper),
      `  ${paint(`→ ${plainLine(need.hint)}`, "dim", paper)}`,
    ];
  });
}

/** Lists the lines of a need, and the choices. */
function linesOf({ text, about }: AttentionNeed, paper: Paper): readonly string[] {
  const line = (words: string): string =>
    `  ${cut(plainLine(words), Math.max(20, paper.width - 2))}`;
  const whole = about?.tool === undefined || about.detail === "" ? text : saying(about, text);
  const choices = (options: readonly string[]): readonly string[] =>
    options.map(
      (option, index) =>
        `    ${index + 1}  ${cut(plainLine(option), Math.max(20, paper.width - 7))}`,
    );
  if (about?.questions === undefined) {
    return [...block(whole, paper), ...choices(about?.options ?? [])];
  }
  return about.questions.flatMap(({ question, options, isMany }) => [
    line(isMany ? `${question} (several may be chosen)` : question),
    ...choices(options),
  ]);
}

/** Chooses a permission's text: a call of many lines, such as a plan, is told in its own words. */
const saying = ({ tool, detail }: NonNullable<AttentionNeed["about"]>, text: string): string =>
  text.startsWith(`${plainLine(tool)}:`) && detail.includes("\n") ? `${tool}:\n${detail}` : text;

/** Most lines shown of a decision's text: a longer text is no longer read here. */
const mostLines = 40;

/**
 * Wraps a text to be decided on, all of it: the part that does not fit into a line follows below,
 * marked as words of others.
 */
function block(text: string, paper: Paper): readonly string[] {
  const width = Math.max(20, paper.width - 4);
  const [first = "", ...more] = text
    .split("\n")
    .map(plainLine)
    .filter((line) => line !== "")
    .flatMap((line) => folded(line, width));
  const shown = more.slice(0, mostLines);
  const left = more.length - shown.length;
  return [
    `  ${first}`,
    ...shown.map((line) => `  │ ${line}`),
    ...(left === 0 ? [] : [`  … ${left} more lines: pleach attention --json`]),
  ];
}

/** Builds the document of `attention` (docs/schema/attention.json). */
export function formatAttention(needs: readonly AttentionNeed[]): object {
  return {
    needs: needs.map(({ about, ...need }) => ({ ...need, ...about })),
  };
}

/** Lists the needs that are new to a person since the last call: each need calls once. */
export function callsFor(
  needs: readonly AttentionNeed[],
  called: ReadonlySet<string>,
): readonly string[] {
  return needs.map(nameOf).filter((name) => !called.has(name));
}

const nameOf = ({ kind, track, since, about }: AttentionNeed): string =>
  `${kind}/${track}/${about?.ask ?? since}`;
