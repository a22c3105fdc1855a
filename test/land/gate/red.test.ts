import { join } from "node:path";
import { expect, test } from "vitest";
import { readRed } from "../../../src/land/gate/red.ts";
import { scratch } from "../../support/scratch.ts";

test("a gate whose log the next attempt has taken away tells of no failure, and is not complete", () => {
  const command = { command: "npm test", exitCode: 1, reports: { texts: [], isWhole: true } };
  const red = readRed(join(scratch(), "gate.log"), 0, command);
  expect(red).toMatchObject({ failing: [], failures: { isComplete: false } });
});
