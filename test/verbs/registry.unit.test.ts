import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { wholeTree } from "../../src/faces/cli/command-tree.ts";
import { verbs } from "../../src/faces/cli/verbs.ts";
import { registry } from "../../src/verbs/registry.ts";

const schemas = join(import.meta.dirname, "../../docs/schema");

test("a verb prints a document exactly when the registry names its schema", async () => {
  const tree = await wholeTree(verbs, { version: "", write: () => undefined });
  const printing = tree.commands
    .filter(({ options }) => options.some(({ long }) => long === "--json"))
    .map((command) => command.name());
  const documented = registry.filter(({ document }) => document !== null);
  // A transcript is printed as its lines are: its schema is the agent's own.
  const named = [...documented.map(({ name }) => name as string), "logs"];
  expect(named.toSorted()).toEqual(printing.toSorted());
  for (const { document } of documented) {
    expect(existsSync(join(schemas, `${document}.json`)), String(document)).toBe(true);
  }
});

test("what only a person may say changes something, but for a terminal that is typed into", () => {
  const reading = registry.filter(({ effect }) => effect === "reads");
  const personal = reading.filter(({ leave }) => "person" in leave).map(({ name }) => name);
  expect(personal).toEqual(["attach", "compare"]);
});
