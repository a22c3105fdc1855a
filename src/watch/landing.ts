import { assertNever, ExitCode } from "../ground/errors.ts";
import { type Paper, paint } from "../ground/paper.ts";
import { plain, plainLine } from "../ground/text.ts";
import type { LandReport, LandStep } from "../land/landing/landing.ts";
import type { Trial } from "../race/try.ts";

/** The steps of a landing, in the words of a person who waits for it. */
export const stepWords: { readonly [Step in LandStep]: string } = {
  verify: "looking at what it holds",
  integrate: "putting it on top of the target",
  regenerate: "writing generated files anew",
  tick: "ticking its tasks",
  gate: "running the gate",
  survey: "looking whether it can go into the checkout",
  "stage-tasks": "keeping your edits of the task file",
  checkout: "bringing it into the checkout",
  "verify-head": "making sure that nobody else has moved the target",
  "swap-ref": "moving the target to what was tested",
  "write-tasks": "writing the task file",
  record: "writing down that it has landed",
  "roll-back": "taking it back out of the checkout",
  "hand-back": "handing it back to its worker",
};

const mostPaths = 20;

/**
 * Formats the outcome of a landing for a person: the fact, the paths, the commands to choose from.
 * Pure.
 */
export function formatLanding(report: LandReport, paper: Paper): readonly string[] {
  const { track, union = [], outcome, commit, detail, reason, gate, paths, hint } = report;
  const { deciding, failing = [], owed = [] } = report;
  const isGood = outcome === "landed" || outcome === "nothing";
  const others = union.filter((name) => name !== track);
  const together = others.length === 0 ? "" : ` with ${others.join(", ")}`;
  const head = outcome === "landed" ? `landed as ${commit?.slice(0, 9)}${together}` : outcome;
  const why = detail ?? reason;
  const shown = isGood ? [] : paths.slice(0, mostPaths);
  return [
    `${paint(track, "bold", paper)}: ${paint(head, isGood ? "green" : "red", paper)}${why === undefined ? "" : `: ${plainLine(why)}`}`,
    ...(gate === null ? [] : [`  gate: ${plainLine(gate.command)} (${gateEnd(gate)})`]),
    ...(deciding === undefined
      ? []
      : [`  ${paint(`changes what the gate reads: ${plainLine(deciding)}`, "yellow", paper)}`]),
    ...failureLines(gate),
    ...failing.map((line) => `  | ${plain(line)}`),
    ...owed.map((one) => `  ${paint(plainLine(one.detail), "yellow", paper)}`),
    ...(owed.length === 0 ? [] : ["  hint: tick it there by hand; it is not started again"]),
    ...shown.map((path) => `  ${plainLine(path)}`),
    ...(paths.length > shown.length && !isGood
      ? [`  and ${paths.length - shown.length} more`]
      : []),
    ...(hint === undefined
      ? []
      : plain(hint)
          .split("\n")
          .map((line) => `  hint: ${line}`)),
  ];
}

const mostFailures = 10;

/** Lists the failures on a target that is itself red: the allowed ones, and the new ones. */
function failureLines(gate: LandReport["gate"]): readonly string[] {
  const { allowed = [], new: fresh = [] } = gate ?? {};
  const list = (ids: readonly string[]): string => {
    const more = ids.length > mostFailures ? `, and ${ids.length - mostFailures} more` : "";
    return ids.slice(0, mostFailures).map(plainLine).join(", ") + more;
  };
  return [
    ...(fresh.length === 0 ? [] : [`  new failures (${fresh.length}): ${list(fresh)}`]),
    ...(allowed.length === 0
      ? []
      : [`  allowed, as the target fails them too (${allowed.length}): ${list(allowed)}`]),
  ];
}

function gateEnd(gate: NonNullable<LandReport["gate"]>): string {
  const how = gate.exitCode === null ? "did not exit" : `exit code ${gate.exitCode}`;
  const flaky = gate.flaky === true ? ", FLAKY: it failed on this very tree before" : "";
  return `${how}, ${gate.seconds.toFixed(1)} s${flaky}`;
}

/** Chooses the exit code: 3 if any landing needs a human, else 1 if any failed, else 0. Pure. */
export function landExitCode(reports: readonly LandReport[]): ExitCode {
  const codes = reports.map((report) => codeOf(report.outcome));
  if (codes.includes(ExitCode.needsHuman)) return ExitCode.needsHuman;
  return codes.includes(ExitCode.failed) ? ExitCode.failed : ExitCode.ok;
}

function codeOf(outcome: LandReport["outcome"]): ExitCode {
  switch (outcome) {
    case "landed":
    case "nothing":
      return ExitCode.ok;
    case "needs-human":
    case "conflict":
      return ExitCode.needsHuman;
    case "red":
    case "timeout":
    case "moved":
    case "refused":
    case "handed-back":
      return ExitCode.failed;
    default:
      return assertNever(outcome);
  }
}

const trialWords: { readonly [outcome in "green" | "untested"]: string } = {
  green: "would land",
  untested: "merges, and there is no gate to test it",
};

/** Formats the expected outcome of landing a track, for a person. Pure. */
export function formatTrial(trial: Trial, paper: Paper): readonly string[] {
  const { track, outcome, detail, gate, paths, deciding } = trial;
  const isGood = outcome === "green" || outcome === "untested";
  const head = isGood ? trialWords[outcome] : `would not land: ${outcome}`;
  const shown = paths.slice(0, mostPaths);
  return [
    `${paint(track, "bold", paper)}: ${paint(head, outcome === "green" ? "green" : "red", paper)}${detail === undefined ? "" : `: ${plainLine(detail)}`}`,
    ...(gate === null ? [] : [`  gate: ${plainLine(gate.command)} (${gateEnd(gate)})`]),
    ...(deciding === undefined
      ? []
      : [
          `  ${paint(`waits for you, or is said: it changes what the gate reads: ${plainLine(deciding)}`, "yellow", paper)}`,
        ]),
    ...shown.map((path) => `  ${plainLine(path)}`),
    ...(paths.length > shown.length ? [`  and ${paths.length - shown.length} more`] : []),
  ];
}
