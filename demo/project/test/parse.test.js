import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../src/parse.js";

test("a line becomes an entry", () => {
  assert.deepEqual(parse("2026-01-31 food 12.50\n"), [
    { date: "2026-01-31", category: "food", cents: 1250 },
  ]);
});
