import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Call,
  called,
  noProgress,
  suspect,
  withProgress,
} from "../../../src/grow/signals/progress.ts";

const call = (key: string | null, source: Call["source"] = "hook"): Call => ({
  source,
  key,
  words: `Bash ${key}`,
});
const calls = (...made: readonly Call[]) =>
  made.reduce((progress, one) => called(progress, one, 0), noProgress(0));

test("a worker is suspected when nothing moves, unless it has shown no tool call", () => {
  expect(suspect(noProgress(0), 600_000, 10_000_000)).toBeUndefined();
  const progress = calls(call("npm test"));
  expect(suspect(progress, 600_000, 599_999)).toBeUndefined();
  expect(suspect(progress, 600_000, 600_000)).toEqual({
    kind: "no-progress",
    why: "no tool call, commit or changed file for 10 min; the last call: Bash npm test",
  });
  expect(suspect(withProgress(progress, 1), 600_000, 600_000)).toBeUndefined();
  expect(suspect(progress, null, 600_000)).toBeUndefined();
});

test("ten equal calls in a row are suspected, each source counted for itself", () => {
  const both = [call("ls"), call("ls", "stream")];
  const nine = Array.from({ length: 9 }, () => both).flat();
  expect(suspect(calls(...nine), null, 0)).toBeUndefined();
  expect(suspect(calls(...nine, ...both), null, 0)).toMatchObject({ kind: "repeating" });
  expect(suspect(calls(...nine, call("cat"), call("ls")), null, 0)).toBeUndefined();
  const unknown = Array.from({ length: 20 }, () => call(null));
  expect(suspect(calls(...unknown), null, 0)).toBeUndefined();
});

test("differing calls are never suspected of repeating", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "b", "c")), (keys) => {
      const longest = keys.reduce(
        ({ best, run, last }, key) => {
          const next = key === last ? run + 1 : 1;
          return { best: Math.max(best, next), run: next, last: key };
        },
        { best: 0, run: 0, last: "" },
      ).best;
      const last = keys.slice(-10);
      const isRepeating = last.length === 10 && new Set(last).size === 1;
      const found = suspect(calls(...keys.map((key) => call(key))), null, 0);
      expect(found !== undefined).toBe(isRepeating);
      expect(longest < 10 && found !== undefined).toBe(false);
    }),
  );
});
