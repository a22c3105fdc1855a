import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { plainLine } from "../../ground/text.ts";
import type { LandingVerdict } from "../landing/landing.ts";
import { type Failures, findFailures } from "./failures/find-failures.ts";
import { findMissing } from "./failures/missing.ts";
import type { Reports } from "./report-files.ts";

/** More than this of one output is not read; its first half and its last are. */
const mostBytes = 16 * 1024 * 1024;

/** What a gate printed, and whether that is all of it. */
interface Output {
  readonly text: string;
  readonly isWhole: boolean;
}

/** Reads what was written into a log since it had this size; the line that names the command is left out. */
function outputSince(logFile: string, from: number): Output {
  const log = openSync(logFile, "r");
  try {
    const { size } = fstatSync(log);
    const isWhole = size - from <= mostBytes;
    const parts = isWhole
      ? [read(log, from, size)]
      : [read(log, from, from + mostBytes / 2), read(log, size - mostBytes / 2, size)];
    return { text: parts.join("\n").replace(/^\$ .*\n/, ""), isWhole };
  } finally {
    closeSync(log);
  }
}

function read(log: number, from: number, to: number): string {
  const chunk = Buffer.alloc(Math.max(0, to - from));
  return chunk.toString("utf8", 0, readSync(log, chunk, 0, chunk.length, from));
}

/** How large a log is now: what comes after is the next command's. */
export const logSize = (logFile: string): number =>
  statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;

/** What a command that failed said of its failure. */
export interface Red {
  readonly failures: Failures;
  /** A program that was not there. */
  readonly missing?: string;
  /** The first lines that tell of a failure, safe to print. */
  readonly failing: readonly string[];
}

export interface RedCommand {
  readonly command: string;
  readonly exitCode: number | null;
  readonly reports: Reports;
}

/** Reads out of a log how a command failed. */
export function readRed(
  logFile: string,
  from: number,
  { command, exitCode, reports }: RedCommand,
): Red {
  const output = outputSince(logFile, from);
  const { text } = output;
  const found = findFailures(text, reports.texts);
  const isWhole = output.isWhole && reports.isWhole;
  // Where a runner names tests that failed, what they say of programs is theirs.
  const isUntold = found.by.includes("lines");
  const missing = isUntold ? findMissing(command, text, exitCode) : undefined;
  return {
    failures: isWhole ? found : { ...found, isComplete: false },
    ...(missing === undefined ? {} : { missing }),
    failing: found.failures[0]?.lines ?? [],
  };
}

/** A verdict that says, besides that a command failed, what failed first. */
export function withRed(verdict: LandingVerdict, { missing, failing }: Red): LandingVerdict {
  const first = missing === undefined ? failing[0] : `${missing} is not here`;
  if (verdict.outcome !== "red" || first === undefined) return verdict;
  const detail = `${verdict.detail}: ${plainLine(first)}`;
  return { ...verdict, detail, ...(failing.length === 0 ? {} : { failing }) };
}
