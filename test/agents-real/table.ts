import { basename } from "node:path";
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";
import { programs } from "./programs.ts";

/**
 * A reporter that prints, when all is over, what each program did in each case, and why a case was
 * left out.
 */
export default class Table implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const cases = modules.flatMap((module) => [...module.children.allTests()].map(readCase));
    process.stdout.write(`\n${formatTable(cases)}\n`);
  }
}

interface Case {
  readonly agent: string;
  readonly file: string;
  readonly name: string;
  readonly state: string;
  /** The reason for the program, when it could not be tested at all. */
  readonly skipped: string | undefined;
}

function readCase(test: TestCase): Case {
  const suites = suitesOf(test);
  const words = [...suites, test.name].join(" ");
  const agent = programs.find(({ name }) => new RegExp(`\\b${name}\\b`).test(words))?.name ?? "";
  const skipped = suites.map((suite) => /: skipped, (.*)/.exec(suite)?.[1]).find(Boolean);
  const file = basename(test.module.moduleId, ".test.ts");
  // Reasons that differ from program to program would make a row of each.
  const [name = test.name] = test.name.split(": not observable");
  return { agent, file, name, state: test.result().state, skipped };
}

function suitesOf(test: TestCase): readonly string[] {
  const names: string[] = [];
  let parent: TestSuite | TestModule = test.parent;
  while (parent.type === "suite") {
    names.unshift(parent.name);
    parent = parent.parent;
  }
  return names;
}

const words: Readonly<Record<string, string>> = { passed: "yes", failed: "FAILED", skipped: "-" };

function formatTable(cases: readonly Case[]): string {
  const agents = [...programs.map(({ name }) => name), ""];
  const used = agents.filter((agent) => cases.some((it) => it.agent === agent));
  const rows = [...new Set(cases.map(({ file, name }) => `${file}: ${name}`))];
  const cell = (row: string, agent: string): string => {
    const here = cases.filter((it) => it.agent === agent && `${it.file}: ${it.name}` === row);
    if (here.length === 0) return "";
    const states = new Set(here.map(({ state }) => state));
    const state = ["failed", "passed"].find((one) => states.has(one)) ?? "skipped";
    return words[state] ?? state;
  };
  const width = Math.max(...rows.map((row) => row.length), 0);
  const line = (first: string, rest: readonly string[]): string =>
    [first.padEnd(width), ...rest.map((text) => text.padEnd(9))].join("  ").trimEnd();
  const left = new Map(cases.flatMap(({ agent, skipped }) => (skipped ? [[agent, skipped]] : [])));
  const counts = ["passed", "failed", "skipped"].map(
    (state) => `${cases.filter((it) => it.state === state).length} ${state}`,
  );
  return [
    line("", used),
    ...rows.map((row) =>
      line(
        row,
        used.map((agent) => cell(row, agent)),
      ),
    ),
    counts.join(", "),
    ...[...left].map(([agent, why]) => `${agent} was left out: ${why}`),
  ].join("\n");
}
