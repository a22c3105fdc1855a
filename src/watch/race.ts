import { columns, cut, hanging, type Paper, padded, paint } from "../ground/paper.ts";
import { plainLine } from "../ground/text.ts";
import type { CandidateFacts, RaceComparison } from "../race/compare.ts";
import type { PickReport } from "../race/pick.ts";
import { formatLanding } from "./landing.ts";
import { formatElapsed } from "./live.ts";
import { named } from "./side-by-side.ts";

/**
 * Formats one screen: the candidates side by side, where they agree, and whom evidence favours.
 * Pure.
 */
export function formatComparison(comparison: RaceComparison, paper: Paper): readonly string[] {
  const { race, base, candidates } = comparison;
  if (candidates.length === 0) return [`the race ${race} has no candidates left`];
  return [
    `race ${race}: ${candidates.length} ${candidates.length === 1 ? "candidate" : "candidates"} from ${base.slice(0, 9)}`,
    "",
    ...table(candidates, paper),
    "",
    ...details(comparison).flatMap((line) => hanging(line, paper.width).slice(0, mostLines)),
  ];
}

/** Most lines of a single entry on a narrow screen. */
const mostLines = 4;

/** Formats a row for each candidate; if that is too wide, a column for each, or several tables. */
function table(candidates: readonly CandidateFacts[], paper: Paper): readonly string[] {
  const rows = [heads, ...candidates.map(cellsOf)];
  const styles = ["dim" as const, ...candidates.map(styleOf)];
  const turned = heads.map((_, at) => rows.map((row) => row[at] ?? ""));
  if (widthOf(rows) > paper.width && widthOf(turned) <= paper.width) {
    return aligned(turned).map((row) =>
      lineOf(
        row.map((cell, at) => paint(cell, styles[at] ?? "reset", paper)),
        paper,
      ),
    );
  }
  return goesOf(rows, paper.width).flatMap((go, first) => [
    ...(first === 0 ? [] : [""]),
    ...aligned(go).map((row, at) => paint(lineOf(row, paper), styles[at] ?? "reset", paper)),
  ]);
}

type Rows = readonly (readonly string[])[];

/** Divides the columns into as many tables as the width asks for, each with the names. */
function goesOf(rows: Rows, width: number): readonly Rows[] {
  const goes: number[][] = [];
  for (let at = 1; at < heads.length; at += 1) {
    const last = goes.at(-1);
    if (last !== undefined && widthOf(pickColumns(rows, [0, ...last, at])) <= width) last.push(at);
    else goes.push([at]);
  }
  return goes.map((go) => pickColumns(rows, [0, ...go]));
}

const pickColumns = (rows: Rows, wanted: readonly number[]): Rows =>
  rows.map((row) => wanted.map((at) => row[at] ?? ""));

const lineOf = (row: readonly string[], { width }: Paper): string =>
  cut(row.join("  ").trimEnd(), width);

function aligned(rows: Rows): Rows {
  const widths = widthsOf(rows);
  return rows.map((row) => row.map((cell, at) => padded(cell, widths[at] ?? 0)));
}

const widthsOf = (rows: Rows): readonly number[] =>
  (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => columns(row[at] ?? ""))));

const widthOf = (rows: Rows): number => widthsOf(rows).reduce((sum, width) => sum + width + 2, -2);

const heads = [
  "NAME",
  "AGENT",
  "GATE",
  "TESTS",
  "DIFF",
  "STRAY",
  "CONFLICTS",
  "TIME",
  "TOKENS",
  "COST",
];

function cellsOf(one: CandidateFacts): readonly string[] {
  const { tests, diff, outside, conflicts, seconds, usage } = one;
  return [
    plainLine(one.track),
    plainLine(one.agent),
    gateWord(one),
    `+${tests.added} -${tests.removed}`,
    `${diff.files} ${diff.files === 1 ? "file" : "files"} +${diff.insertions} -${diff.deletions}`,
    outside === null ? "–" : String(outside.length),
    conflicts === null ? "?" : conflicts.map(({ track }) => plainLine(track)).join(" ") || "none",
    formatElapsed(seconds * 1_000),
    usage === null ? "?" : `${short(usage.inputTokens)}/${short(usage.outputTokens)}`,
    usage?.costUsd == null ? "?" : `$${usage.costUsd.toFixed(2)}`,
  ];
}

/** Formats a number as `950`, `12.3k`, `1.2M`. */
function short(amount: number): string {
  if (amount < 1_000) return String(amount);
  const [unit, size] = amount < 999_950 ? ["k", 1_000] : ["M", 1_000_000];
  return `${(amount / Number(size)).toFixed(1)}${unit}`;
}

/** Names the gate's outcome; the candidate's own state while there is nothing to test yet. */
function gateWord({ gate, state }: CandidateFacts): string {
  if (gate === null) return state === "ready" || state === "needs-human" ? "not tested" : state;
  if (gate.gate === null || gate.outcome === "untested") return gate.outcome;
  return `${gate.outcome} ${gate.gate.seconds.toFixed(1)} s`;
}

function styleOf({ gate }: CandidateFacts): "green" | "red" | "reset" {
  if (gate === null || gate.outcome === "untested") return "reset";
  return gate.outcome === "green" ? "green" : "red";
}

function details(comparison: RaceComparison): readonly string[] {
  const { candidates, agreement, judge, suggestion, race } = comparison;
  return [
    ...candidates.flatMap(detailsOf),
    ...agreed(agreement),
    ...(candidates.length < 2 ? [] : [`side by side: pleach compare ${race} --diff`]),
    ...(judge === null
      ? []
      : [
          `judge: ${judge.pick ?? "nobody"}: ${plainLine(judge.why)}${judge.overruled === null ? "" : ` (not followed: ${plainLine(judge.overruled)})`}`,
        ]),
    suggestion === null ? nobodyIn(race, candidates) : `pick: pleach pick ${suggestion}`,
  ];
}

function nobodyIn(race: string, candidates: readonly CandidateFacts[]): string {
  const what = candidates.every(({ gate }) => gate === null)
    ? "nobody is tested"
    : "no gate is green";
  return `${what}: there is nobody to pick in ${race} yet`;
}

function detailsOf({
  track,
  gate,
  outside,
  conflicts,
  summary,
}: CandidateFacts): readonly string[] {
  const strays = outside ?? [];
  return [
    ...(gate?.detail === undefined ? [] : [`${track}: ${plainLine(gate.detail)}`]),
    ...(strays.length === 0 ? [] : [`${track}: stray ${shown(strays)}`]),
    ...(conflicts ?? []).map(
      (one) => `${track}: conflicts with ${plainLine(one.track)} in ${shown(one.paths)}`,
    ),
    ...(summary === null ? [] : [`${track} says: ${plainLine(summary)}`]),
  ];
}

const shownPaths = 6;

const shown = (paths: readonly string[]): string =>
  paths.slice(0, shownPaths).map(plainLine).join(", ") +
  (paths.length > shownPaths ? ` and ${paths.length - shownPaths} more` : "");

function agreed({ paths, same }: RaceComparison["agreement"]): readonly string[] {
  const together = new Map<string, string[]>();
  for (const { path, tracks } of same) {
    const who = named(tracks);
    together.set(who, [...(together.get(who) ?? []), path]);
  }
  return [
    ...(paths.length === 0 ? [] : [`all change ${shown(paths)}`]),
    ...[...together].map(([who, alike]) => `${who} make the same change to ${shown(alike)}`),
  ];
}

/** Formats a comparison as a page of Markdown. Pure. */
export function formatComparisonPage(comparison: RaceComparison): readonly string[] {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    `# Race ${comparison.race}`,
    "",
    row(heads.map((head) => head.toLowerCase())),
    row(heads.map(() => "---")),
    ...comparison.candidates.map((one) => row(cellsOf(one))),
    "",
    ...details(comparison).map((line) => `- ${line}`),
  ];
}

/** Formats the outcome of a pick. Pure. */
export function formatPick(report: PickReport, paper: Paper): readonly string[] {
  const { picked, race, trial, landing, dropped, left } = report;
  if (landing === null) {
    const why = trial.detail === undefined ? "" : `: ${plainLine(trial.detail)}`;
    return [
      `${paint(picked, "bold", paper)}: ${paint(`not picked, ${whyNot(trial.outcome)}`, "red", paper)}${why}`,
      trial.outcome === "untested"
        ? `  hint: pleach pick --no-gate ${picked} lands it untested`
        : `  hint: the race goes on; pleach compare ${race} shows who else could win`,
    ];
  }
  return [
    ...formatLanding(landing, paper),
    ...dropped.map(({ track, restore }) => `${track} is dropped; to bring it back: ${restore}`),
    ...left.map(({ track, why }) => `${track} stays: ${plainLine(why)}`),
  ];
}

function whyNot(outcome: PickReport["trial"]["outcome"]): string {
  switch (outcome) {
    case "green":
    case "red":
      return `its gate is ${outcome}`;
    case "untested":
      return "as no gate is configured to test it";
    case "timeout":
      return "its gate ran out of time";
    case "conflict":
    case "handed-back":
      return "it conflicts with the target";
    case "moved":
      return "the target moved meanwhile";
    case "nothing":
      return "it has nothing to land";
    case "needs-human":
      return "a person has to look at it first";
    case "refused":
      return "it could not be tested";
  }
}
