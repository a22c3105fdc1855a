import { cut, type Paper, paint, type Style } from "../ground/paper.ts";
import { plainLine } from "../ground/text.ts";
import type { Sentence, Weight } from "./sentence.ts";

/** A row of the live block: a track that moves, or that waits for a person. */
export interface LiveRow {
  readonly track: string;
  readonly state: string;
  /** Time in this state, in milliseconds. */
  readonly elapsedMs: number;
  readonly weight: Weight;
  /** The last thing worth knowing: the newest line of output, or the reason for waiting. */
  readonly note: string;
}

const styles: { readonly [Key in Weight]: Style } = {
  detail: "dim",
  normal: "reset",
  good: "green",
  bad: "red",
  "needs-you": "yellow",
};

/**
 * Formats the live block, one line a row. Pure: the same rows on the same paper give the same
 * lines.
 */
export function formatLive(rows: readonly LiveRow[], paper: Paper): readonly string[] {
  const nameWidth = Math.min(24, Math.max(5, ...rows.map((row) => row.track.length)));
  const stateWidth = Math.max(...rows.map((row) => row.state.length), 0);
  return rows.map((row) => {
    const name = row.track.slice(0, nameWidth).padEnd(nameWidth);
    const head = `${name}  ${row.state.padEnd(stateWidth)}  ${formatElapsed(row.elapsedMs).padStart(6)}`;
    const note = cut(plainLine(row.note), Math.max(0, paper.width - head.length - 3));
    return `${paint(head, styles[row.weight], paper)}  ${paint(note, "dim", paper)}`.trimEnd();
  });
}

/** Formats an event as one permanent line. */
export function formatSentence(
  line: { readonly track: string | undefined; readonly sentence: Sentence; readonly clock: string },
  paper: Paper,
): string {
  const name = line.track === undefined ? "" : `${line.track}: `;
  const text = plainLine(`${name}${line.sentence.text}`);
  const room = Math.max(20, paper.width - line.clock.length - 1);
  return `${paint(line.clock, "dim", paper)} ${paint(cut(text, room), styles[line.sentence.weight], paper)}`;
}

/** Formats a time as `42s`, `3m05s`, `2h07m`. */
export function formatElapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const pad = (value: number): string => String(value).padStart(2, "0");
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${pad(seconds % 60)}s`;
  return `${Math.floor(seconds / 3_600)}h${pad(Math.floor((seconds % 3_600) / 60))}m`;
}
