import type { AskedQuestion } from "../agents/event.ts";
import type { EpochMs } from "../ground/clock.ts";
import { cut, folded, type Paper, paint } from "../ground/paper.ts";
import { plainLine } from "../ground/text.ts";
import { formatElapsed } from "./live.ts";

/** One thing that waits for a person. */
export interface AttentionNeed {
  readonly kind:
    | "permission"
    | "question"
    | "blocked"
    | "suspected"
    | "needs-human"
    /** It can land, and nobody but a person lands it. */
    | "ready"
    /** A message to a worker that is stuck. */
    | "message"
    /** A message to the person. */
    | "told";
  /** The track; of a race its name. */
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
    readonly questions?: readonly AskedQuestion[];
  };
}

/** The queue of a person, two lines each and the options of a question. Pure. */
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

/** What it is, and what there is to choose from. */
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

/** A permission in the words of its call, which may be a plan of many lines. */
const saying = ({ tool, detail }: NonNullable<AttentionNeed["about"]>, text: string): string =>
  text.startsWith(`${plainLine(tool)}:`) && detail.includes("\n") ? `${tool}:\n${detail}` : text;

/** More of what somebody has to decide on is no longer read here. */
const mostLines = 40;

/**
 * What is to be decided on, all of it: what does not fit into a line follows below, marked as words of
 * others.
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

/** The document of `attention` (docs/schema/attention.json). */
export function formatAttention(needs: readonly AttentionNeed[]): object {
  return {
    needs: needs.map(({ about, ...need }) => ({ ...need, ...about })),
  };
}

/** What is new to a person since they were last called: each thing calls once. */
export function callsFor(
  needs: readonly AttentionNeed[],
  called: ReadonlySet<string>,
): readonly string[] {
  return needs.map(nameOf).filter((name) => !called.has(name));
}

const nameOf = ({ kind, track, since, about }: AttentionNeed): string =>
  `${kind}/${track}/${about?.ask ?? since}`;
