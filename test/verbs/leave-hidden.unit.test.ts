import { expect, test } from "vitest";
import { registry } from "../../src/verbs/registry.ts";

test("what programs call is for anybody to say, so that nobody has to be asked for", () => {
  const hidden = registry.filter((verb) => "hidden" in verb);
  expect(hidden.map(({ name }) => name)).toContain("merge-driver");
  for (const { name, leave } of hidden) expect([name, leave]).toEqual([name, {}]);
});
