import { plain, unstyled } from "../../../ground/text.ts";
import { readCargo } from "./cargo.ts";
import type { Failure, Reader, Runner, Told } from "./failure.ts";
import { readGo } from "./go.ts";
import { readJest } from "./jest.ts";
import { readJunit } from "./junit.ts";
import { readLines } from "./lines.ts";
import { readNodeTest } from "./node-test.ts";
import { readPytest } from "./pytest.ts";
import { readTap } from "./tap.ts";
import { readUnittest } from "./unittest.ts";
import { readVitest } from "./vitest.ts";

/** The failures that a red gate's output tells of. */
export interface Failures {
  /** The runners that named the failures; `lines` when no runner does. */
  readonly by: readonly (Runner | "lines")[];
  readonly failures: readonly Failure[];
  /** Whether these are known to be all. */
  readonly isComplete: boolean;
}

const readers: Readonly<Record<Runner, Reader>> = {
  junit: readJunit,
  tap: readTap,
  go: readGo,
  cargo: readCargo,
  pytest: readPytest,
  unittest: readUnittest,
  vitest: readVitest,
  jest: readJest,
  node: readNodeTest,
};

/** The most characters of a line that are kept: a longer line is data, not a report. */
const longest = 2_000;

/**
 * Finds the failures in a red gate's output: by tests where a runner names them, else by lines.
 * Pure.
 * @param reports JUnit XML that the gate wrote into files
 */
export function findFailures(output: string, reports: readonly string[] = []): Failures {
  const lines = linesOfOutput(output);
  const printed = Object.entries(readers).flatMap(([runner, read]) => {
    const found = read(lines);
    return found === undefined ? [] : [{ runner: runner as Runner, ...found }];
  });
  const told = [...printed, ...fromReports(printed, reports)];
  const naming = told.filter(({ failures }) => failures.length > 0);
  if (naming.length === 0) {
    const { failures, isComplete } = readLines(lines);
    // A runner that counts failures and names none has not told all.
    const all = isComplete && told.every((one) => one.isComplete);
    return { by: ["lines"], failures, isComplete: all };
  }
  return {
    by: naming.map(({ runner }) => runner),
    failures: naming.flatMap(({ runner, failures }) =>
      failures.map(({ id, lines: own }) => ({ id: `${runner}: ${id}`, lines: own })),
    ),
    isComplete: told.every((one) => one.isComplete),
  };
}

type Heard = Told & { readonly runner: Runner };

/**
 * Reads reports from files, unless a report was printed as well; a test in two reports counts once.
 */
function fromReports(printed: readonly Heard[], reports: readonly string[]): readonly Heard[] {
  if (printed.some(({ runner }) => runner === "junit")) return [];
  const told = reports.flatMap((report) => readJunit(linesOfOutput(report)) ?? []);
  if (told.length === 0) return [];
  const failures = new Map(
    told.flatMap((one) => one.failures.map((failure) => [failure.id, failure])),
  );
  const isComplete = told.every((one) => one.isComplete);
  return [{ runner: "junit", failures: [...failures.values()], isComplete }];
}

/** Splits an output into lines fit to be shown, without its styles. */
export function linesOfOutput(output: string): readonly string[] {
  const lines = plain(unstyled(output)).split("\n");
  return lines.map((line) => (line.length > longest ? line.slice(0, longest) : line));
}
