import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeBacklogs } from "../../../src/backlog/merge/merge.ts";
import { parseOutline } from "../../../src/backlog/outline.ts";
import { taskFile } from "../task-files.ts";
import { backlogHistory, expectedOf, type History, itemsIn, render } from "../task-histories.ts";

function textsOf({ base, ours, theirs }: History) {
  return { base: render(base), ours: render(ours), theirs: render(theirs) };
}

test("10,000 random merges contradict nothing, and lose, double or untick nothing", () => {
  const count = { clean: 0, conflict: 0 };
  fc.assert(
    fc.property(backlogHistory, (history) => {
      const result = mergeBacklogs(textsOf(history));
      count[result.kind]++;
      const found = itemsIn(result.text);
      for (const { name, alive, done, isEditedTwice } of expectedOf(history)) {
        const states = found.get(name) ?? [];
        // Two edits of one text are both shown, in markers.
        expect([name, states.length]).toEqual([name, alive ? (isEditedTwice ? 2 : 1) : 0]);
        if (isEditedTwice) expect(result.kind).toBe("conflict");
        expect([name, new Set(states)]).toEqual([name, new Set(alive ? [done] : [])]);
      }
    }),
    { numRuns: 10_000 },
  );
  // Only prose and words that both sides changed may conflict, so most merges are clean.
  expect(count.clean).toBeGreaterThan(count.conflict);
});

test("a side that changed nothing takes all of the other, to the byte", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        backlogHistory.map((h) => textsOf(h).base),
        taskFile,
      ),
      taskFile,
      (a, b) => {
        expect(mergeBacklogs({ base: a, ours: a, theirs: a })).toEqual({ kind: "clean", text: a });
        if (/[\r\n]$/.test(b) && isPlain(a) && isPlain(b)) {
          expect(mergeBacklogs({ base: a, ours: b, theirs: b }).text).toBe(b);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

/**
 * Whether a text has no mixed line ends and no ticked boxes, where the additive rule has a say of
 * its own.
 */
const isPlain = (text: string): boolean => {
  const { lines, items } = parseOutline(text);
  return new Set(lines.map((line) => line.eol)).size <= 1 && items.every((item) => !item.done);
};
