import assert from "node:assert/strict";
import { test } from "node:test";
import { report } from "../src/report.js";

test("the report is a table", () => {
  const entries = [
    { date: "2026-01-30", category: "food", cents: 1250 },
    { date: "2026-01-31", category: "rent", cents: 80000 },
  ];
  assert.equal(report(entries), "2026-01-30  food  12.50\n2026-01-31  rent  800.00");
});
