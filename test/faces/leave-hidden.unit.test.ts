import { expect, test } from "vitest";
import { leaves } from "../../src/faces/cli/leave.ts";
import { verbs } from "../../src/faces/cli/verbs.ts";

test("what programs call is for anybody to say, so that nobody has to be asked for", () => {
  const hidden = verbs.filter((verb) => verb.hidden === true);
  expect(hidden.map(({ name }) => name)).toContain("merge-driver");
  for (const { name } of hidden) expect([name, leaves[name]]).toEqual([name, leaves["plan"]]);
});
