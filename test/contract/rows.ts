import { expect } from "vitest";
import type { Agent } from "../../src/agents/agent.ts";
import type { ContractRow } from "../../src/agents/contract.ts";
import { usageSince } from "../../src/agents/event.ts";
import { Listener, outcomesOf, type Played, type Plays, seenIn } from "./play.ts";
import { scenario } from "./scenarios.ts";

/** The check of a row; it fails where the row is not met. */
export type RowCheck = (agent: Agent, plays: Plays) => Promise<void>;

const kindsOf = ({ events }: Played) => events.map(({ kind }) => kind);
const lastOutcome = ({ seen }: Played) => seen.outcome;

/** The checks, the same over recorded output and with the real programs. */
export const rowChecks: Readonly<Record<ContractRow, RowCheck>> = {
  start: async (_, plays) => {
    expect(kindsOf(await plays("work"))).toEqual(
      expect.arrayContaining(["session", "turn-started"]),
    );
  },
  "first prompt": async (_, plays) => {
    expect((await plays("work")).facts.reached.prompt).toBe(true);
  },
  "session id": async (_, plays) => {
    const { seen } = await plays("work");
    expect(seen.session).toMatch(/^[\w-]{20,}$/);
  },
  "clean exit": async (_, plays) => {
    const played = await plays("work");
    expect([lastOutcome(played), played.facts.exit]).toEqual([{ kind: "finished" }, 0]);
    expect(played.seen.unknown).toBe(0);
  },
  "tool paths": async (agent, plays) => {
    const { events } = await plays("work");
    const tools = events.flatMap((event) => (event.kind === "tool" ? [event] : []));
    const named = tools
      .flatMap(({ paths }) => paths)
      .filter((path) => /(?:^|\/)a\.txt$/.test(path));
    // An agent that may not commit was refused without a word.
    const ran = agent.commits("edits") === "agent" ? /git commit/ : /./;
    expect([named.length > 0, tools.map(({ detail }) => detail).join("\n")]).toEqual([
      true,
      expect.stringMatching(ran),
    ]);
  },
  "edits and commits": async (agent, plays) => {
    const { facts } = await plays("work");
    expect(facts.files).toContain("a.txt");
    expect(facts.commits).toEqual(agent.commits("edits") === "agent" ? ["Work"] : []);
  },
  instructions: async (_, plays) => {
    expect((await plays("work")).facts.reached.instructions).toBe(true);
  },
  "denied permission": async (_, plays) => {
    const { seen } = await plays("denied");
    expect(seen.denials).toMatchObject([{ tool: expect.stringMatching(/./) }]);
  },
  "permission asked": async (_, plays) => {
    const played = await plays("asked");
    expect(played.events).toContainEqual(
      expect.objectContaining({ kind: "asked", what: "permission" }),
    );
    expect(played.events).toContainEqual(
      expect.objectContaining({ kind: "ask-closed", how: "went-on" }),
    );
    expect(played.facts.files).toContain("asked.txt");
    expect(played.seen.denials).toEqual([]);
  },
  question: async (_, plays) => {
    const played = await plays("question");
    expect(played.events).toContainEqual(
      expect.objectContaining({ kind: "asked", what: "question", options: ["80", "8080"] }),
    );
    expect(lastOutcome(played)).toEqual({ kind: "finished" });
    expect(played.seen.denials).toEqual([]);
  },
  "several turns": async (agent, plays) => {
    const each =
      agent.converse === undefined
        ? [await plays("work"), await plays("resumed")].flatMap(outcomesOf)
        : outcomesOf(await plays("turns"));
    expect(each).toEqual(["finished", "finished"]);
  },
  "resume keeps the session": async (_, plays) => {
    const [first, second] = [await plays("work"), await plays("resumed")];
    expect(second.seen.session).toBe(first.seen.session);
    expect(lastOutcome(second)).toEqual({ kind: "finished" });
  },
  "follow-up": async (_, plays) => {
    const { reached } = (await plays("resumed")).facts;
    expect(reached).toMatchObject({ prompt: true, former: true });
  },
  interrupt: async (_, plays) => {
    const interrupted = await plays("interrupted");
    expect(lastOutcome(interrupted)?.kind).not.toBe("finished");
    expect(interrupted.facts.files).toContain("started");
    const afterwards = await plays("afterwards");
    expect(lastOutcome(afterwards)).toEqual({ kind: "finished" });
    expect(afterwards.seen.session).toBe(interrupted.facts.session);
  },
  usage: async (_, plays) => {
    const [first, second] = [await plays("work"), await plays("resumed")];
    const used = [usedIn(first, 0), usedIn(second, usedIn(first, 0))];
    expect(Math.min(...used)).toBeGreaterThan(0);
    // A single step of the model came to the session; a total must not be counted twice.
    expect(used[1]).toBeLessThan(used[0] ?? 0);
  },
  "limit with reset": async (_, plays) => {
    expect(lastOutcome(await plays("limit"))).toMatchObject({
      kind: "limited",
      why: expect.stringMatching(/./),
    });
  },
  "auth error": async (_, plays) => {
    expect(lastOutcome(await plays("auth"))).toMatchObject({ kind: "unauthorised" });
  },
  "context exhausted": async (_, plays) => {
    expect(outcomesOf(await plays("context"))).toContain("exhausted");
  },
  error: async (_, plays) => {
    const played = await plays("error");
    expect(lastOutcome(played)).toMatchObject({ kind: "failed", why: expect.stringMatching(/./) });
  },
  "sub-agents apart": async (_, plays) => {
    const played = await plays("sub-agent");
    const inner = played.events.filter((event) => "subAgent" in event && event.subAgent !== null);
    expect(inner.length).toBeGreaterThan(0);
    expect(inner).toContainEqual(expect.objectContaining({ kind: "tool" }));
    // A sub-agent in the background wakes its parent again when it has finished.
    expect(kindsOf(played)).toContain("background");
    expect(new Set(outcomesOf(played))).toEqual(new Set(["finished"]));
    expect(played.seen.unknown).toBe(0);
  },
  "unknown events": async (agent, plays) => {
    const { request } = await plays("work");
    const raw = '{"type":"event.of.a.later.version","subtype":"new"}';
    const listener = new Listener(agent, request, scenario("work", agent));
    for (const line of [raw, "plain words"]) expect(listener.hear(line)).toEqual([]);
    expect(listener.events[0]).toEqual({ kind: "unknown", raw });
    expect(seenIn(listener.events).unknown).toBe(2);
  },
};

/** Sums the input tokens of a play, whether it tells totals of the session or increments. */
function usedIn({ events }: Played, former: number): number {
  let total = { inputTokens: former, outputTokens: 0, costUsd: null } as const as {
    inputTokens: number;
    outputTokens: number;
    costUsd: number | null;
  };
  let used = 0;
  for (const event of events) {
    if (event.kind === "used") used += event.more.inputTokens;
    if (event.kind !== "usage") continue;
    used += usageSince(former === 0 && used === 0 ? null : total, event.session).inputTokens;
    total = { ...event.session };
  }
  return used;
}
