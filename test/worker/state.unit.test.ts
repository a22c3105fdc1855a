import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Activity,
  hear,
  type Observer,
  observers,
  type SignalContent,
} from "../../src/worker/signal.ts";
import { type Finding, stateOf } from "../../src/worker/state.ts";

type Told = readonly [at: number, said: SignalContent];

const find = (told: readonly Told[], now = 1_000_000): Finding =>
  stateOf(
    told.reduce<ReturnType<typeof hear>>((kept, [at, said]) => hear(kept, said, at), []),
    now,
  );
const running: SignalContent = { source: "process", says: "running" };
const from = (
  source: Observer,
  activity: Activity,
  subAgent: string | null = null,
): SignalContent => ({
  source,
  subAgent,
  ...activity,
});

const detail = fc.constantFrom("", "Bash: ls", "x".repeat(2_000));
const activity: fc.Arbitrary<Activity> = fc.oneof(
  fc.record({ says: fc.constant("working"), detail }),
  fc.record({
    says: fc.constant("blocked"),
    reason: fc.constantFrom("permission", "question", "auth", "limit"),
    detail,
  }),
  fc.record({ says: fc.constant("turn-ended"), detail }),
  fc.record({ says: fc.constantFrom("idle", "interrupted") }),
  fc.record({ says: fc.constant("failed"), reason: fc.constantFrom("error", "context"), detail }),
);
const observer = fc.constantFrom(...observers);
const time = fc.integer({ min: 1, max: 1_000 });
const observed = fc.tuple(observer, activity).map(([source, said]) => from(source, said));
const own: fc.Arbitrary<Told> = fc.tuple(
  time,
  fc.oneof(
    observed,
    fc.constantFrom<SignalContent>(
      running,
      { source: "supervisor", says: "starting" },
      { source: "supervisor", says: "sent-on" },
      { source: "report", says: "done", detail: "all of it" },
      { source: "report", says: "blocked", reason: "stated", detail: "which port?" },
      { source: "process", says: "unknown", why: "no /proc" },
    ),
  ),
);
const apart: fc.Arbitrary<Told> = fc.tuple(
  time,
  fc
    .tuple(observer, activity, fc.constantFrom("sub-1", "sub-2", "job"))
    .map(([source, said, subAgent]) => from(source, said, subAgent)),
);

test("an end of the process overrides all other signals, before or after", () => {
  const end = fc.constantFrom<SignalContent>(
    { source: "process", says: "exited", code: 3 },
    { source: "process", says: "killed", signal: "SIGKILL" },
    { source: "process", says: "lost" },
  );
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          observed.map((said): Told => [7, said]),
          apart,
        ),
      ),
      end,
      time,
      (told, said, at) => {
        const { at: state, source, doubt } = find([...told, [at, said]]);
        expect([state.state, source, doubt]).toEqual([said.says, "process", undefined]);
      },
    ),
  );
});

test("a weaker source never overrides a stronger source of the same turn; it raises doubt", () => {
  fc.assert(
    fc.property(
      fc.tuple(observer, activity, time),
      fc.array(fc.tuple(observer, activity, time), { maxLength: 12 }),
      ([source, said, at], others) => {
        const isBusy = said.says === "working" || said.says === "blocked";
        const weaker = others
          .filter(([one]) => observers.indexOf(one) > observers.indexOf(source))
          // Breaks that no hook can tell, and reports of a still screen, have tests of their own.
          .filter(([one, { says }]) => {
            const isBreak = one === "transcript" && says === "interrupted";
            const isScreen = one === "screen" && says === "blocked" && said.says === "idle";
            return !(isBreak && isBusy && source === "hook") && !isScreen;
          })
          .map(([one, its, when]): Told => [when, from(one, its)]);
        const alone = find([
          [1, running],
          [at, from(source, said)],
        ]);
        const together = find([[1, running], [at, from(source, said)], ...weaker]);
        expect(together.at).toEqual(alone.at);
        expect(together.source).toBe(source);
        const newer = together.evidence.filter(({ weight }) => weight === "suspects");
        expect(newer.every(({ signal }) => signal.at >= at)).toBe(true);
        expect(together.doubt === undefined).toBe(newer.length === 0);
      },
    ),
  );
});

test("sub-agents and background jobs never flip their parent", () => {
  fc.assert(
    fc.property(fc.array(own), fc.array(apart), (told, children) => {
      const [alone, together] = [find(told), find([...told, ...children])];
      expect({ ...together, evidence: [] }).toEqual({ ...alone, evidence: [] });
      expect(together.evidence.filter(({ weight }) => weight !== "apart")).toEqual(alone.evidence);
    }),
  );
});

test("the order in which signals of one moment arrive does not matter", () => {
  const moment = fc
    .array(observed, { maxLength: 8 })
    .chain((said) =>
      fc.tuple(fc.constant(said), fc.shuffledSubarray(said, { minLength: said.length })),
    );
  fc.assert(
    fc.property(fc.array(own), moment, (before, [one, other]) => {
      const at = (said: SignalContent): Told => [2_000, said];
      const [a, b] = [find([...before, ...one.map(at)]), find([...before, ...other.map(at)])];
      expect(a.at).toEqual(b.at);
      expect(a.source).toBe(b.source);
      expect(a.evidence.map(({ weight }) => weight)).toEqual(
        b.evidence.map(({ weight }) => weight),
      );
    }),
  );
});

test("a finding names exactly one signal that decides, and keeps one of each source", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(own, apart), { minLength: 1, maxLength: 60 }), (told) => {
      const { evidence, at } = find(told);
      const deciding = evidence.filter(({ weight }) => weight === "decides");
      expect(deciding).toHaveLength(at.state === "unknown" && deciding.length === 0 ? 0 : 1);
      const sources = evidence.map(({ signal }) => [
        signal.source,
        "subAgent" in signal ? signal.subAgent : null,
      ]);
      expect(new Set(sources.map(String)).size).toBe(sources.length);
      expect(JSON.stringify(evidence).length).toBeLessThan(20_000);
    }),
  );
});

test("a break that only the record has ends a hook's earlier signal, and nothing else does", () => {
  const busy = activity.filter(({ says }) => says === "working" || says === "blocked");
  const breaks = (source: Observer, at: number): Told => [
    at,
    from(source, { says: "interrupted" }),
  ];
  fc.assert(
    fc.property(busy, time, time, (said, at, later) => {
      const hook: Told = [at, from("hook", said)];
      const found = find([[0, running], hook, breaks("transcript", later)]);
      expect(found.source).toBe(later > at ? "transcript" : "hook");
      expect(find([[0, running], hook, breaks("title", later)]).source).toBe("hook");
      const program: Told = [at, from("program", said)];
      expect(find([[0, running], program, breaks("transcript", later)]).source).toBe("program");
      // The hook that tells of the next prompt counts again.
      const next: Told = [3_000, from("hook", { says: "working", detail: "" })];
      const after = find([[0, running], hook, breaks("transcript", later), next]);
      expect(after).toMatchObject({ source: "hook", at: { state: "working" } });
    }),
  );
});

test("a screen that stands still counts while nothing else tells, and over waiting for a prompt", () => {
  const still: SignalContent = {
    ...{ source: "screen", subAgent: null, says: "blocked", reason: "question" },
    detail: "New server",
  };
  const seen: Told = [6_000, still];
  const blocked = { source: "screen", at: { state: "blocked", detail: "New server" } };
  expect(find([[0, running], seen])).toMatchObject(blocked);
  expect(find([[0, running], [10, from("program", { says: "idle" })], seen])).toMatchObject(
    blocked,
  );
  for (const source of ["program", "hook", "title", "transcript"] as const) {
    const work: Told = [9_000, from(source, { says: "working", detail: "" })];
    expect(find([[0, running], seen, work])).toMatchObject({ source, at: { state: "working" } });
  }
});

describe("the order of signals", () => {
  const work: Activity = { says: "working", detail: "" };
  const over: Activity = { says: "turn-ended", detail: "" };
  const waits: Activity = { says: "blocked", reason: "permission", detail: "Bash: rm" };
  const done: SignalContent = { source: "report", says: "done", detail: "all of it" };
  const sentOn: SignalContent = { source: "supervisor", says: "sent-on" };

  test("a strong source gone silent stays, and a contradiction is shown as doubt", () => {
    const told: readonly Told[] = [
      [0, running],
      [10, from("program", work)],
      [500_000, from("hook", waits)],
    ];
    expect(find(told)).toMatchObject({
      at: { state: "working" },
      source: "program",
      doubt: { source: "hook", says: "blocked", at: 500_000 },
    });
    // A signal of just now may be on its way from the other source, too.
    expect(find(told, 500_100).doubt).toBeUndefined();
  });

  test("a report stands while the agent says goodbye, and is past when new work begins", () => {
    const turn: readonly Told[] = [
      [0, running],
      [1, from("stream", work)],
      [2, done],
      [3, from("stream", { says: "working", detail: "Bash git status" })],
    ];
    expect(find(turn)).toMatchObject({
      at: { state: "done", summary: "all of it" },
      source: "report",
    });
    const ended: readonly Told[] = [...turn, [4, from("stream", over)]];
    expect(find(ended).source).toBe("report");
    expect(find([...ended, [5, from("stream", work)]])).toMatchObject({
      source: "stream",
      since: 5,
    });
    expect(find([...ended, [5, sentOn]]).at).toEqual({ state: "working" });
  });

  test("the signals of a former process are past when the next process starts", () => {
    const told: readonly Told[] = [
      [0, running],
      [1, from("stream", work)],
      [9, sentOn],
      [10, running],
    ];
    expect(find(told)).toMatchObject({ source: "process", since: 10 });
    const next = find([...told, [12, from("hook", waits)]]);
    expect(next).toMatchObject({ source: "hook", at: { state: "blocked" }, doubt: undefined });
    expect(find([...told, [12, from("stream", work)]])).toMatchObject({
      source: "stream",
      since: 10,
    });
  });

  test("a failed probe is unknown until any source tells something after it", () => {
    const told: readonly Told[] = [
      [0, running],
      [1, from("stream", work)],
      [5, { source: "process", says: "unknown", why: "no answer" }],
    ];
    expect(find(told).at).toEqual({ state: "unknown", why: "no answer" });
    expect(find([...told, [6, from("stream", work)]]).at.state).toBe("working");
    expect(find([]).at.state).toBe("unknown");
  });

  test("a turn's end is a report of being done: at once from a stream, later from a terminal", () => {
    const ended = (source: Observer, now: number) =>
      find(
        [
          [0, running],
          [1_000, from(source, over)],
        ],
        now,
      ).at.state;
    expect(ended("stream", 1_001)).toBe("done");
    expect(ended("program", 60_999)).toBe("idle");
    expect(ended("program", 61_000)).toBe("done");
    expect(
      find([
        [0, running],
        [1, from("program", { says: "interrupted" })],
      ]).at,
    ).toMatchObject({
      state: "idle",
      reason: "interrupted",
    });
  });

  test("a record that is cleared is gone; of many records the newest are kept", () => {
    const job = (at: number): Told => [at, from("program", work, `job-${at}`)];
    const many = Array.from({ length: 100 }, (_, at) => job(at));
    expect(find([[0, running], ...many]).evidence).toHaveLength(17);
    const gone: SignalContent = { source: "program", subAgent: "job-1", says: "cleared" };
    expect(find([[0, running], job(1), [2, gone]]).evidence).toHaveLength(1);
  });
});
