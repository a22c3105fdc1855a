import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import type { EventKind } from "../../src/ground/journal/event.ts";
import { allMessages } from "../../src/talk/message-store.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { eventsOf } from "../support/events.ts";
import { settled } from "../support/grow.ts";
import { git, writeFiles } from "../support/repo.ts";
import { type Program, programs, whyNot } from "./programs.ts";
import { killed, type Stage, stage } from "./stage.ts";

/* The messages to real programs while they work, and their asks, through `pleach run`. */

const alpha = parseTrackName("alpha");
const gate = '[land]\ngate = "git log -1"\n';
const write = "write src/alpha.ts <<export const alpha = 1>>";
const wait = "run <<until test -e .pleach/door; do sleep 0.1; done>>";
const task = (...steps: readonly string[]): string =>
  `- [ ] Add alpha  id:alpha touches:src/alpha.ts\n  SCRIPT: ${steps.join("; ")} ENDSCRIPT\n`;

const [label, question] = ["Which?", "Colour"];
const options = ["Red", "Blue"].map((one) => ({ label: one, description: one }));
const address = "http://127.0.0.1:1/";
const escalated = { sandbox_permissions: "require_escalated", justification: "to look" };

/**
 * The steps each program plays with its own tools, and the file that keeps what came before its
 * model.
 */
const ways = {
  claude: {
    outside: `run <<curl ${address}>>`,
    asks: `Bash: curl ${address}`,
    question: `tool AskUserQuestion ${JSON.stringify({
      questions: [{ question: label, header: question, multiSelect: false, options }],
    })}`,
    commit: ["run <<git add -A && git commit -m 'Add alpha'>>"],
    record: ".claude/projects/*/*.jsonl",
    came: /"type":"queued_command"|"type":"user"/,
  },
  codex: {
    outside: `tool exec_command ${JSON.stringify({ cmd: `curl ${address}`, ...escalated })}`,
    asks: `shell: curl ${address} (to look)`,
    question: `tool request_user_input ${JSON.stringify({
      questions: [{ id: "colour", question: label, header: question, options }],
    })}`,
    // Codex cannot commit in its sandbox: Pleach does.
    commit: [],
    record: ".codex/sessions/**/*.jsonl",
    came: /"item":\{"type":"UserMessage"/,
  },
} as const;

interface Need {
  readonly kind: string;
  readonly since: number;
  readonly ask: number;
  readonly text: string;
}

async function needOf({ pleach }: Stage): Promise<Need> {
  const look = async (): Promise<readonly Need[]> =>
    JSON.parse((await pleach("attention", "--json")).stdout).needs.filter((need: Need) => need.ask);
  await expect.poll(async () => (await look()).length, { timeout: 60_000 }).toBe(1);
  const [need] = await look();
  if (need === undefined) throw new Error("nobody waits");
  return need;
}

const events = <Kind extends EventKind>({ ground }: Stage, kind: Kind) =>
  eventsOf(ground.store, kind);

/** Waits until the worker is in the middle of its turn, at the door. */
async function isAtDoor(here: Stage): Promise<string> {
  const doing = () => JSON.stringify(latestWorker(here.ground.store, alpha)?.signals ?? []);
  await expect.poll(doing, { timeout: 60_000 }).toContain(".pleach/door");
  return (await here.track("alpha")).worktree;
}

for (const program of programs) {
  const { name } = program;
  if (name !== "claude" && name !== "codex") continue;
  const reason = whyNot(program);
  const title = reason === undefined ? name : `${name}: skipped, ${reason}`;
  describe.skipIf(reason !== undefined)(title, { timeout: 180_000 }, () =>
    suite(program, ways[name]),
  );
}

function suite(program: Program, way: (typeof ways)[keyof typeof ways]): void {
  const open = async (...steps: readonly string[]): Promise<Stage> => {
    const here = await stage(program, task(...steps), gate);
    await here.pleach("start", "alpha", "--task", "alpha", "--yes");
    return here;
  };
  /** Reads the program's own record of what came before its model. */
  const came = ({ top }: Stage, text: string): readonly string[] =>
    globSync(join(top, "../home", way.record))
      .flatMap((file) => readFileSync(file, "utf8").split("\n"))
      .filter((line) => way.came.test(line) && line.includes(text));

  test("a permission is asked for within two seconds, allowed, and the work lands", async () => {
    const here = await open(write, way.outside, ...way.commit, "say <<done>>");
    const need = await needOf(here);
    expect(need).toMatchObject({ kind: "permission", text: way.asks });
    const used = events(here, "worker.signalled").findLast((event) =>
      JSON.stringify(event.said).includes("curl"),
    );
    expect(need.since - (used?.at ?? 0)).toBeLessThan(2_000);
    // Without a terminal the run does not wait for an answer that may never come.
    const waiting = await here.pleach("run", "--yes", "--offline");
    expect(waiting.exitCode).toBe(3);
    expect(waiting.stdout).toContain(`pleach answer alpha allow|deny --ask ${need.ask}`);
    const answered = await here.pleach("answer", "alpha", "allow", "--ask", `${need.ask}`);
    expect(answered.stdout).toContain("allowed; the tool went on");
    expect((await here.pleach("run", "--yes", "--offline")).exitCode).toBe(0);
    expect(git(here.top, "show", "main:src/alpha.ts")).toBe("export const alpha = 1");
    expect(events(here, "worker.created")).toHaveLength(1);
  });

  test("a denied permission is not done, and the reason is told", async () => {
    const here = await open(write, ...way.commit, way.outside, "say <<done>>");
    const { ask } = await needOf(here);
    const denied = await here.pleach("answer", "alpha", "deny", "not now", "--ask", `${ask}`);
    expect(denied.stdout).toContain("denied; it was refused");
    expect((await here.pleach("run", "--yes", "--offline")).exitCode).toBe(3);
    expect(await here.track("alpha")).toMatchObject({ state: "needs-human", reason: "denied" });
    expect(here.requests()).toContain("A person said no: not now");
  });

  test("a question is answered, and the work lands", async () => {
    const here = await open(way.question, write, ...way.commit, "say <<done>>");
    const need = await needOf(here);
    expect(need).toMatchObject({ kind: "question", text: label });
    const answered = await here.pleach("answer", "alpha", "2", "--ask", `${need.ask}`);
    expect(answered.stdout).toContain("Blue; the tool went on");
    expect((await here.pleach("run", "--yes", "--offline")).exitCode).toBe(0);
  });

  test("twenty messages of five senders arrive in the middle of a turn: none lost, none doubled", async () => {
    const here = await open(write, wait, ...way.commit);
    const worktree = await isAtDoor(here);
    const senders = ["a", "b", "c", "d", "e"].map(async (name) => {
      for (const number of [1, 2, 3, 4]) await here.pleach("tell", "alpha", `<${name}${number}>`);
    });
    await Promise.all(senders);
    writeFiles(worktree, { ".pleach/door": "" });
    expect((await here.pleach("run", "--yes", "--offline")).exitCode).toBe(0);
    const { messages } = JSON.parse((await here.pleach("inbox", "--json")).stdout);
    expect(messages).toHaveLength(20);
    const states = messages.map(({ state }: { readonly state: string }) => state);
    expect(new Set(states)).toEqual(new Set(["delivered"]));
    for (const { text } of messages) expect(came(here, text), text).toHaveLength(1);
    // All of them came in the running turn: nothing began another.
    expect(events(here, "worker.reminded")).toEqual([]);
  });

  test("a message in the middle of a turn comes before the model before it goes on", async () => {
    const here = await open(write, wait, ...way.commit, "say <<done>>");
    const worktree = await isAtDoor(here);
    const told = here.pleach("tell", "alpha", "--wait", "--limit", "60", "Mind the gap");
    await expect.poll(() => allMessages(here.ground.store)[0]?.state).toBe("given");
    expect(here.requests()).not.toContain("Mind the gap");
    writeFiles(worktree, { ".pleach/door": "" });
    expect((await told).stdout).toMatch(/^message 1 to alpha: delivered/);
    await settled(here.ground, alpha);
    expect(came(here, "Mind the gap")).toHaveLength(1);
    expect(allMessages(here.ground.store)).toMatchObject([{ state: "delivered", road: "stream" }]);
  });

  test("a message arrives once when its agent and supervisor are killed while it waits in its turn", async () => {
    const here = await open(write, wait, ...way.commit, "say <<done>>");
    const worktree = await isAtDoor(here);
    await here.pleach("tell", "alpha", "Mind the gap");
    await expect.poll(() => allMessages(here.ground.store)[0]?.state).toBe("given");
    const { supervisor, agentProcess } = latestWorker(here.ground.store, alpha) ?? {};
    await killed(supervisor, agentProcess);
    writeFiles(worktree, { ".pleach/door": "" });
    const again = await here.pleach("start", "alpha", "--yes");
    expect(again, again.stderr).toMatchObject({ exitCode: 0 });
    await settled(here.ground, alpha);
    expect(came(here, "Mind the gap")).toHaveLength(1);
    expect(allMessages(here.ground.store)).toMatchObject([{ state: "delivered" }]);
    const sessions = events(here, "worker.session").map((event) => event.sessionId);
    expect(new Set(sessions).size).toBe(1);
  });
}
