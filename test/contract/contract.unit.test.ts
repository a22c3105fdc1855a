import { describe, expect, test } from "vitest";
import { type ContractRow, contractRows } from "../../src/agents/contract.ts";
import { adapters } from "../../src/agents/known.ts";
import { readRecorded, replay } from "./golden.ts";
import { rowChecks } from "./rows.ts";

/*
 * Every row of the contract over the recorded output of the real programs; `npm run test:agents`
 * plays the same rows with the programs themselves.
 */

const rows = Object.keys(contractRows) as ContractRow[];

for (const { name, contract, make } of adapters) {
  const agent = make({ model: undefined });
  describe(name, () => {
    for (const row of rows) {
      const declared = contract[row];
      if (declared.kind === "met") {
        test(row, async () => {
          await rowChecks[row](agent, async (scenario) => replay(agent, scenario));
        });
      } else {
        test(`${row}: not observable, and why is said`, () => {
          expect(declared.why).toMatch(/^\w.{10,}$/);
        });
      }
    }

    test("the output was recorded from the version the adapter was tried with", () => {
      expect(readRecorded(name).version).toContain(agent.triedWith);
    });
  });
}
