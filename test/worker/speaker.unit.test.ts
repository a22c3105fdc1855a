import fc from "fast-check";
import { expect, test } from "vitest";
import { asWorkerId, parseTrackName } from "../../src/ground/ids.ts";
import type { Forebear } from "../../src/ground/proc/lineage.ts";
import { type Known, speakerOf } from "../../src/worker/speaker.ts";

const processOf = (pid: number) => ({ pid, start: String(pid), boot: "b" });
const forebear = (pid: number, more: Partial<Forebear> = {}): Forebear => ({
  process: processOf(pid),
  environ: [],
  limit: undefined,
  ...more,
});

const [one, two] = [parseTrackName("one"), parseTrackName("two")];
const known: Known = {
  workers: [
    { id: asWorkerId("w_1"), track: one, limit: 101, processes: [processOf(11), processOf(12)] },
    { id: asWorkerId("w_2"), track: two, limit: 102, processes: [] },
  ],
  tracks: [one, two],
  acting: [processOf(50)],
  names: { worker: "PLEACH_WORKER", line: "PLEACH_LINE", track: "PLEACH_TRACK" },
};

const shell = [forebear(3), forebear(2), forebear(1)];
const above = (...own: readonly Forebear[]) =>
  ({ kind: "known", forebears: [...own, ...shell] }) as const;
const who = (lineage: Parameters<typeof speakerOf>[0], env = {}): string => {
  const speaker = speakerOf(lineage, env, known);
  return speaker.kind === "worker" ? speaker.track : speaker.kind;
};

test("a speaker without a trace of a worker is the person, in a window below a run as well", () => {
  expect(who(above(forebear(9)))).toBe("person");
  expect(who(above(forebear(9), forebear(50)))).toBe("person");
  expect(who(above(forebear(9, { limit: 999, environ: ["PLEACH_WORKER=w_9"] })))).toBe("person");
  expect(who(above(forebear(9)), { PLEACH_TRACK: "elsewhere" })).toBe("person");
});

test("a mark, a process above or an entry of the environment each point to a worker", () => {
  expect(who(above(forebear(9, { limit: 102 })))).toBe("two");
  expect(who(above(forebear(9), forebear(12)))).toBe("one");
  expect(who(above(forebear(9), forebear(8, { environ: ["PLEACH_WORKER=w_2"] })))).toBe("two");
  expect(who(above(forebear(9)), { PLEACH_WORKER: "w_1" })).toBe("one");
  expect(who(above(forebear(9)), { PLEACH_TRACK: "two" })).toBe("two");
});

test("a line that runs for tracks is no person, and an unseen process table no proof of a person", () => {
  const line = forebear(8, { environ: ["PLEACH_LINE=x"] });
  expect(who(above(forebear(9), line, forebear(50)))).toBe("line");
  expect(who(above(forebear(9), line))).toBe("person");
  expect(who({ kind: "unknown", why: "" })).toBe("unknown");
  expect(who({ kind: "unknown", why: "" }, { PLEACH_WORKER: "w_2" })).toBe("two");
});

test("no environment makes a worker another, or the person", () => {
  const name = fc.constantFrom("PLEACH_WORKER", "PLEACH_TRACK", "PLEACH_LINE", "X");
  const env = fc.dictionary(name, fc.constantFrom("w_1", "w_2", "one", "two", ""));
  const marks = fc.constantFrom<Forebear>(forebear(8, { limit: 101 }), forebear(11), forebear(12));
  fc.assert(
    fc.property(env, marks, (forged, mark) => {
      const environ = Object.entries(forged).map(([key, value]) => `${key}=${value}`);
      expect(who(above(forebear(9, { environ }), mark), forged)).toBe("one");
    }),
  );
});
