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

/** What a red gate's output tells of failures. */
export interface Failures {
  /** Who told; `lines` where no runner names a failure. */
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

/** A longer line is data, not a report. */
const longest = 2_000;

/**
 * Finds the failures in what a red gate printed: by tests where a runner names them, else by lines. Pure.
 * @param reports in JUnit XML, that it has written beside
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

/** A report that was printed as well is not read twice; the same test in two reports is one. */
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

/** An output as lines fit to be shown, without the styles that it has. */
export function linesOfOutput(output: string): readonly string[] {
  const lines = plain(unstyled(output)).split("\n");
  return lines.map((line) => (line.length > longest ? line.slice(0, longest) : line));
}
