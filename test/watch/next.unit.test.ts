import { expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import type { AttentionNeed } from "../../src/watch/attention.ts";
import { formatNext, type Whereabouts } from "../../src/watch/next.ts";

const now = 1_800_000_000_000;
const need = (
  kind: AttentionNeed["kind"],
  track: string,
  hint = `pleach land ${track}`,
): AttentionNeed => ({
  ...{ kind, track, hint, since: now, text: "words\nof an agent" },
});
const run = { pid: 7, since: now - 60_000, isCertain: true };
const grown = { name: parseTrackName("a"), at: { state: "growing" } } as const;
const idle: Whereabouts = {
  configured: true,
  ...{ tasks: "TASKS.md", open: 2, tracks: [], needs: [], run: undefined },
};
const told = (change: Partial<Whereabouts>): readonly string[] =>
  formatNext({ ...idle, ...change }, now);

test("a live run is named, and no step is asked for that it takes itself", () => {
  expect(told({ run, tracks: [grown] })).toEqual([
    "pleach run works here: pid 7, for 1m00s",
    "1 track under way",
    "next: nothing; pleach events -f follows it",
  ]);
  expect(told({ run: { ...run, isCertain: false } })[0]).toMatch(/^pleach run may work here: /);
  expect(told({ tracks: [grown] })).toEqual([
    "1 track under way",
    "next: pleach run goes on; pleach logs TRACK -f follows one",
  ]);
});

test("things that wait for a person come first, in lines of their own, with the command to type", () => {
  expect(told({ run, needs: [need("blocked", "a", "pleach tell a TEXT")] }).slice(1)).toEqual([
    "a waits for you: words ⏎ of an agent",
    "next: pleach tell a TEXT",
  ]);
  expect(told({ needs: [need("ready", "b"), need("told", "a"), need("blocked", "c")] })).toEqual([
    "a waits for you: words ⏎ of an agent; and 2 more",
    "next: pleach attention",
  ]);
});

test("a ready track is landed by its name, several at once, and a race is compared", () => {
  expect(told({ needs: [need("ready", "a")] })).toEqual([
    "ready, and waits for you: a",
    "next: pleach land a",
  ]);
  expect(told({ needs: [need("ready", "a"), need("ready", "b")] })).toEqual([
    "ready, and waits for you: a, b",
    "next: pleach land, or one by its name",
  ]);
  const race = need("ready", "r", "pleach compare r");
  expect(told({ needs: [race] })[1]).toBe("next: pleach compare r");
  expect(told({ needs: [need("ready", "a"), race] })[1]).toBe("next: pleach attention");
});

test("the backlog says the next step when nothing grows", () => {
  expect(told({})).toEqual(["2 open tasks in TASKS.md", "next: pleach plan, then pleach run"]);
  expect(told({ open: 0 })[0]).toBe("everything in TASKS.md is done");
  expect(told({ open: undefined })[0]).toBe("there is no TASKS.md");
  expect(told({ configured: false })[1]).toBe("next: pleach init");
});
