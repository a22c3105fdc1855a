import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AccountId,
  asAccountId,
  parseSha,
  parseTrackName,
  type TrackName,
} from "../../src/ground/ids.ts";
import type { Admission } from "../../src/grow/limits/hold.ts";
import { decide, type RunFacts, type TrackFacts, type Underway } from "../../src/run/decide.ts";
import type { TrackState } from "../../src/track/track.ts";

const sha = parseSha("0".repeat(40));
const states: readonly TrackState[] = [
  { state: "planned" },
  { state: "provisioning" },
  { state: "growing" },
  { state: "ready", tip: sha },
  { state: "landing", tip: sha },
  { state: "landed", commit: sha },
  { state: "handed-back", kind: "red", paths: [] },
  { state: "held", account: asAccountId("a1"), detail: "" },
  { state: "held", behind: parseTrackName("t0"), detail: "" },
  { state: "failed", reason: "setup" },
  { state: "needs-human", reason: "tries", detail: "" },
  { state: "dropped", rescue: null },
  { state: "restored" },
];

const accounts = ["a1", "a2", "a3"].map(asAccountId);
const anyAccount = fc.constantFrom(...accounts);

const trackFacts = (index: number): fc.Arbitrary<TrackFacts> =>
  fc.record({
    name: fc.constant(parseTrackName(`t${index}`)),
    at: fc.constantFrom(...states),
    account: anyAccount,
    since: fc.nat(1_000),
    worker: fc.constantFrom("none" as const, "running", "over", "unknown"),
    revivals: fc.nat(3),
    standing: fc.boolean(),
    reserved: fc.boolean(),
    behind: fc.constantFrom(undefined, parseTrackName("t0")),
    unseen: fc.boolean(),
  });

const anyFacts: fc.Arbitrary<RunFacts> = fc
  .record({
    tracks: fc.tuple(...Array.from({ length: 6 }, (_, index) => trackFacts(index))),
    fresh: fc.array(anyAccount, { maxLength: 4 }),
    closed: fc.dictionary(anyAccount, fc.constantFrom<Admission>("none", "one")),
    busy: fc.array(fc.tuple(fc.nat(5), fc.constantFrom<Underway>("start", "land", "retire")), {
      maxLength: 3,
    }),
    workers: fc.integer({ min: 1, max: 5 }),
    lands: fc.boolean(),
    spent: fc.boolean(),
    stopping: fc.boolean(),
  })
  .map(({ fresh, busy, closed, ...facts }) => ({
    ...facts,
    startable: fresh.map((account, index) => ({ name: parseTrackName(`new${index}`), account })),
    holds: new Map(Object.entries(closed) as [AccountId, Admission][]),
    underway: new Map(busy.map(([index, what]) => [parseTrackName(`t${index}`), what] as const)),
  }));

const growth = ["start", "restart"];

describe("the orchestrator's decision", () => {
  test("a track behind another neither lands nor goes on, after a hand-back or a turn", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const decision = decide(facts);
        if (decision.kind !== "act") return;
        const behind = facts.tracks.filter((one) => one.behind !== undefined);
        const waiting = behind.filter(({ at }) => "behind" in at).map(({ name }) => name);
        const moved = decision.actions.filter(
          (one) =>
            one.kind === "land" ||
            (one.kind === "restart" && (one.why === "handed-back" || waiting.includes(one.track))),
        );
        const names = behind.map(({ name }) => name);
        expect(moved.filter(({ track }) => names.includes(track))).toEqual([]);
      }),
    );
  });

  test("a track that waited for another goes on when none is before it any more", () => {
    const track: TrackFacts = {
      ...{ name: parseTrackName("late"), account: asAccountId("a1"), since: 0, worker: "over" },
      ...{ revivals: 0, standing: true, reserved: false, unseen: false },
      behind: parseTrackName("early"),
      at: { state: "held", behind: parseTrackName("early"), detail: "" },
    };
    const facts = {
      ...{ startable: [], holds: new Map(), underway: new Map(), workers: 2 },
      ...{ lands: true, spent: false, stopping: false },
    };
    expect(decide({ ...facts, tracks: [track] })).toEqual({ kind: "wait" });
    expect(decide({ ...facts, tracks: [{ ...track, behind: undefined }] })).toEqual({
      kind: "act",
      actions: [{ kind: "restart", track: "late", why: "reopened" }],
    });
  });

  test("a ready track waits for the radar's look, and the run waits with it", () => {
    const track: TrackFacts = {
      ...{ name: parseTrackName("done"), account: asAccountId("a1"), since: 0, worker: "over" },
      ...{ revivals: 0, standing: true, reserved: false, behind: undefined, unseen: true },
      at: { state: "ready", tip: sha },
    };
    const facts = {
      ...{ startable: [], holds: new Map(), underway: new Map(), workers: 2 },
      ...{ lands: true, spent: false, stopping: false },
    };
    expect(decide({ ...facts, tracks: [track] })).toEqual({ kind: "wait" });
    expect(decide({ ...facts, tracks: [{ ...track, unseen: false }] })).toEqual({
      kind: "act",
      actions: [{ kind: "land", track: "done" }],
    });
  });

  test("never grows more workers at once than there are slots", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const decision = decide(facts);
        if (decision.kind !== "act") return;
        const growing = new Set<TrackName>();
        for (const { name, at } of facts.tracks) {
          if (at.state === "growing" || at.state === "provisioning") growing.add(name);
        }
        for (const [name, what] of facts.underway) if (what === "start") growing.add(name);
        const before = growing.size;
        for (const action of decision.actions) {
          if (growth.includes(action.kind)) growing.add(action.track);
        }
        expect(growing.size).toBeLessThanOrEqual(Math.max(before, facts.workers));
      }),
    );
  });

  test("lands every ready track, and none when it may not land", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const decision = decide(facts);
        if (decision.kind !== "act") return;
        const landings = decision.actions.filter((action) => action.kind === "land");
        const ready = facts.tracks.filter(
          ({ name, at, reserved, behind, unseen }) =>
            at.state === "ready" && !reserved && !behind && !unseen && !facts.underway.has(name),
        );
        const expected = facts.lands ? ready.map(({ name }) => name) : [];
        expect(landings.map(({ track }) => track).toSorted()).toEqual(expected.toSorted());
      }),
    );
  });

  test("leaves a track on its way through a forge alone", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const decision = decide(facts);
        if (decision.kind !== "act") return;
        const reserved = facts.tracks.filter((track) => track.reserved).map(({ name }) => name);
        for (const action of decision.actions) {
          if (action.kind === "land") expect(reserved).not.toContain(action.track);
        }
      }),
    );
  });

  test("does nothing to a track whose own work is still under way, or twice at once", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const decision = decide(facts);
        if (decision.kind !== "act") return;
        const names = decision.actions.map((action) => action.track);
        expect(new Set(names).size).toBe(names.length);
        for (const name of names) expect(facts.underway.has(name)).toBe(false);
      }),
    );
  });

  test("starts nothing where a worker may still run, and nothing at all when stopping", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const decision = decide(facts);
        if (facts.stopping) expect(decision.kind).not.toBe("act");
        if (decision.kind !== "act") return;
        const uncertain = facts.tracks.filter(
          ({ worker }) => worker === "running" || worker === "unknown",
        );
        for (const action of decision.actions) {
          if (!growth.includes(action.kind)) continue;
          expect(uncertain.map(({ name }) => name)).not.toContain(action.track);
        }
      }),
    );
  });

  const accountOf = (facts: RunFacts, name: TrackName): AccountId | undefined =>
    [...facts.tracks, ...facts.startable].find((one) => one.name === name)?.account;
  const started = (facts: RunFacts): readonly TrackName[] => {
    const decision = decide(facts);
    if (decision.kind !== "act") return [];
    return decision.actions.filter(({ kind }) => growth.includes(kind)).map(({ track }) => track);
  };

  test("starts nothing on an account that is held, and one alone on one that is tried or opening", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const onto = started(facts).map((name) => accountOf(facts, name));
        for (const [account, entry] of facts.holds) {
          const count = onto.filter((one) => one === account).length;
          expect(count).toBeLessThanOrEqual(entry === "one" ? 1 : 0);
        }
      }),
    );
  });

  test("a hold of one account delays no other, and waits rather than finishes", () => {
    fc.assert(
      fc.property(anyFacts, anyAccount, (facts, account) => {
        const holds = new Map([[account, "none" as const]]);
        const held = started({ ...facts, holds });
        const others = (all: readonly TrackName[]) =>
          all.filter((name) => accountOf(facts, name) !== account);
        // Slots that it frees go to others: they may start more than they would, never less.
        const open = others(started({ ...facts, holds: new Map() }));
        expect(held).toEqual(expect.arrayContaining([...open]));
        const waiting = started({ ...facts, holds: new Map() }).length > 0;
        if (waiting) expect(decide({ ...facts, holds }).kind).not.toBe("finished");
      }),
    );
  });

  test("a held track is waited for, whether or not its supervisor has ended yet", () => {
    fc.assert(
      fc.property(anyFacts, (any) => {
        const facts = { ...any, spent: false, stopping: false };
        const waits = ({ at, worker }: TrackFacts): boolean =>
          at.state === "held" && worker !== "unknown";
        if (facts.tracks.some(waits)) expect(decide(facts).kind).not.toBe("finished");
      }),
    );
  });

  test("a used-up budget starts nothing, and waits only for running workers", () => {
    fc.assert(
      fc.property(anyFacts, (any) => {
        const facts = { ...any, spent: true };
        expect(started(facts)).toEqual([]);
        // Tracks the radar has yet to see are waited for as well.
        const rests = facts.tracks.every(
          ({ at, worker, unseen }) =>
            at.state !== "provisioning" &&
            worker !== "running" &&
            !(at.state === "ready" && unseen),
        );
        if (rests && facts.underway.size === 0) expect(decide(facts).kind).not.toBe("wait");
      }),
    );
  });

  test("the track held longest goes first when an account opens, before anything new", () => {
    const account = asAccountId("a1");
    const track = {
      account,
      worker: "over",
      revivals: 0,
      standing: true,
      reserved: false,
      behind: undefined,
      unseen: false,
    } as const;
    const held = (name: string, since: number): TrackFacts => ({
      ...{ ...track, name: parseTrackName(name), since },
      at: { state: "held", account, detail: "" },
    });
    const decision = decide({
      tracks: [held("late", 2), held("early", 1)],
      startable: [{ name: parseTrackName("new"), account }],
      holds: new Map([[account, "one"]]),
      ...{ underway: new Map(), workers: 4, lands: true, spent: false, stopping: false },
    });
    expect(decision).toEqual({
      kind: "act",
      actions: [{ kind: "restart", track: "early", why: "reopened" }],
    });
  });

  test("gives up on a worker that is lost for the third time", () => {
    const track = {
      name: parseTrackName("a"),
      since: 0,
      standing: true,
      reserved: false,
      behind: undefined,
      unseen: false,
      worker: "over",
      account: asAccountId("a1"),
    } as const;
    const facts: Omit<RunFacts, "tracks"> = {
      startable: [],
      holds: new Map(),
      underway: new Map(),
      workers: 2,
      lands: true,
      spent: false,
      stopping: false,
    };
    const at = { state: "growing" } as const;
    expect(decide({ ...facts, tracks: [{ ...track, at, revivals: 1 }] })).toEqual({
      kind: "act",
      actions: [{ kind: "restart", track: "a", why: "lost" }],
    });
    expect(decide({ ...facts, tracks: [{ ...track, at, revivals: 2 }] })).toEqual({
      kind: "act",
      actions: [{ kind: "give-up", track: "a", reason: "lost" }],
    });
  });
});
