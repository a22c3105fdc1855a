import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { isGone } from "../../ground/proc/identity.ts";
import { plainLine } from "../../ground/text.ts";
import type { LandingVerdict } from "../landing/landing.ts";
import { type Failures, findFailures } from "./failures/find-failures.ts";
import { findMissing } from "./failures/missing.ts";
import type { Reports } from "./report-files.ts";

/** The most that is read of one output, 16 MiB; of a longer output its first and its last 8 MiB. */
const mostBytes = 16 * 1024 * 1024;

/** The output of a gate, and whether that is all of it. */
interface Output {
  readonly text: string;
  readonly isWhole: boolean;
}

/**
 * Reads what was written into a log since it had this size; the line that names the command is left
 * out. A log that is gone has told nothing: the next attempt of the same track has begun, and this
 * gate was ended for it.
 */
function outputSince(logFile: string, from: number): Output {
  const log = openIfThere(logFile);
  if (log === undefined) return { text: "", isWhole: false };
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

function openIfThere(logFile: string): number | undefined {
  try {
    return openSync(logFile, "r");
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function read(log: number, from: number, to: number): string {
  const chunk = Buffer.alloc(Math.max(0, to - from));
  return chunk.toString("utf8", 0, readSync(log, chunk, 0, chunk.length, from));
}

/** Returns how large a log is now: everything after that is the next command's. */
export const logSize = (logFile: string): number =>
  statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;

/** The failure of a command, read from its output. */
export interface Red {
  readonly failures: Failures;
  /** A program that was not found. */
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
  // When a runner names failed tests, a missing program in its output is a matter of its tests.
  const isUntold = found.by.includes("lines");
  const missing = isUntold ? findMissing(command, text, exitCode) : undefined;
  return {
    failures: isWhole ? found : { ...found, isComplete: false },
    ...(missing === undefined ? {} : { missing }),
    failing: found.failures[0]?.lines ?? [],
  };
}

/** Adds to a verdict, besides that a command failed, the first failure. */
export function withRed(verdict: LandingVerdict, { missing, failing }: Red): LandingVerdict {
  const first = missing === undefined ? failing[0] : `${missing} is not here`;
  if (verdict.outcome !== "red" || first === undefined) return verdict;
  const detail = `${verdict.detail}: ${plainLine(first)}`;
  return { ...verdict, detail, ...(failing.length === 0 ? {} : { failing }) };
}
