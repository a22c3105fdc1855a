import { shortIds } from "../backlog/short-id.ts";
import { columns, cut, type Paper, padded, paint, type Style } from "../ground/paper.ts";
import { plainLine } from "../ground/text.ts";
import { formatElapsed } from "./live.ts";

/** A track, as the table of `ls` shows it. */
export interface TrackStanding {
  readonly track: string;
  readonly state: string;
  readonly reason: string | undefined;
  readonly agent: string;
  readonly worker: string | undefined;
  readonly mode: string;
  readonly host: string;
  /** Mode and place of the worker, when not a stream without a window. */
  readonly where: string | undefined;
  /** Time in this state, in milliseconds. */
  readonly elapsedMs: number;
  /** Null when git could not say. */
  readonly commits: number | null | undefined;
  readonly changed: number | null | undefined;
  readonly tasks: readonly string[];
}

const stateStyles: { readonly [state: string]: Style } = {
  growing: "cyan",
  ready: "green",
  landing: "cyan",
  landed: "green",
  held: "yellow",
  "handed-back": "yellow",
  "needs-human": "yellow",
  failed: "red",
  dropped: "dim",
};

const headings = ["TRACK", "STATE", "SINCE", "WORKER", "COMMITS", "FILES", "TASKS"] as const;

/** Formats the table of tracks. Pure; lines are cut to the paper. */
export function formatStandings(
  standings: readonly TrackStanding[],
  paper: Paper,
): readonly string[] {
  const short = shortIds(standings.flatMap(({ tasks }) => tasks));
  const rows = standings.map((standing) => cellsOf(standing, short));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => columns(row[column] ?? ""))),
  );
  const lay = (cells: readonly string[]): string =>
    cut(
      cells
        .map((cell, column) => padded(cell, widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
      paper.width,
    );
  return [
    paint(lay(headings), "dim", paper),
    ...rows.map((row, index) => {
      const style = stateStyles[standings[index]?.state ?? ""] ?? "reset";
      return paint(lay(row), style, paper);
    }),
  ];
}

function cellsOf(standing: TrackStanding, short: (id: string) => string): readonly string[] {
  const { reason, state } = standing;
  return [
    standing.track,
    reason === undefined ? state : `${state} (${plainLine(reason)})`,
    formatElapsed(standing.elapsedMs),
    workerCell(standing),
    figure(standing.commits),
    figure(standing.changed),
    plainLine(standing.tasks.map(short).join(", ")),
  ];
}

function workerCell({ worker, where }: TrackStanding): string {
  if (worker === undefined) return "-";
  return where === undefined ? worker : `${worker} (${where})`;
}

/** Formats a figure: a dash for nothing to say, a question mark for asked and unknown. */
function figure(value: number | null | undefined): string {
  if (value === undefined) return "-";
  return value === null ? "?" : String(value);
}
