import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { codexRecords } from "../../src/agents/codex-records.ts";
import { parseTrackName } from "../../src/ground/ids.ts";
import { trackFiles } from "../../src/grow/track-files.ts";
import { latestWorker } from "../../src/grow/worker-store.ts";
import { allMessages } from "../../src/talk/message-store.ts";
import { settled } from "../support/grow.ts";
import { git, writeFiles } from "../support/repo.ts";
import { programs, whyNot } from "./programs.ts";
import { type Stage, stage } from "./stage.ts";
import { trust } from "./trust.ts";

/* What is said to real programs while they work, and what they ask, through `pleach run`. */

const gate = '[land]\ngate = "ls src"\n';
const commit = "run <<git add -A && git commit -m 'Add alpha'>>";
const write = "write src/alpha.ts <<export const alpha = 1>>";
const task = (...steps: readonly string[]): string =>
  `- [ ] Add alpha  id:alpha touches:src/alpha.ts\n  SCRIPT: ${steps.join("; ")} ENDSCRIPT\n`;

interface Need {
  readonly kind: string;
  readonly since: number;
  readonly ask: number;
  readonly text: string;
}

const claude = programs.find(({ name }) => name === "claude");
const reason = claude === undefined ? "it is not known" : whyNot(claude);
const title = reason === undefined ? "claude" : `claude: skipped, ${reason}`;

async function needOf({ pleach }: Stage): Promise<Need> {
  const look = async (): Promise<readonly Need[]> =>
    JSON.parse((await pleach("attention", "--json")).stdout).needs.filter((need: Need) => need.ask);
  await expect.poll(async () => (await look()).length, { timeout: 60_000 }).toBe(1);
  const [need] = await look();
  if (need === undefined) throw new Error("nobody waits");
  return need;
}

const events = ({ ground }: Stage, type: string) =>
  ground.store.events().filter((event) => event.type === type);

describe.skipIf(reason !== undefined)(title, { timeout: 180_000 }, () => {
  const open = async (...steps: readonly string[]): Promise<Stage> => {
    if (claude === undefined) throw new Error("there is no claude");
    return await stage(claude, task(...steps), gate);
  };

  test("a permission is asked for within two seconds, allowed, and the work lands", async () => {
    const here = await open(write, "run <<curl http://127.0.0.1:1/>>", commit, "say <<done>>");
    await here.pleach("start", "alpha", "--task", "alpha", "--yes");
    const need = await needOf(here);
    expect(need).toMatchObject({ kind: "permission", text: "Bash: curl http://127.0.0.1:1/" });
    const used = events(here, "worker.signalled").findLast((event) =>
      JSON.stringify(event["said"]).includes("curl"),
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

  test("a permission that is denied is not done", async () => {
    const here = await open(write, commit, "run <<curl http://127.0.0.1:1/>>", "say <<done>>");
    await here.pleach("start", "alpha", "--task", "alpha", "--yes");
    const { ask } = await needOf(here);
    const denied = await here.pleach("answer", "alpha", "deny", "not now", "--ask", `${ask}`);
    expect(denied.stdout).toContain("denied; it was refused");
    expect((await here.pleach("run", "--yes", "--offline")).exitCode).toBe(3);
    expect(await here.track("alpha")).toMatchObject({ state: "needs-human", reason: "denied" });
  });

  test("a question is answered, and the work lands", async () => {
    const options = ["Red", "Blue"].map((label) => ({ label, description: label }));
    const asked = { question: "Which?", header: "Colour", multiSelect: false, options };
    const question = `tool AskUserQuestion ${JSON.stringify({ questions: [asked] })}`;
    const here = await open(question, write, commit, "say <<done>>");
    await here.pleach("start", "alpha", "--task", "alpha", "--yes");
    const need = await needOf(here);
    expect(need).toMatchObject({ kind: "question", text: "Which?" });
    const answered = await here.pleach("answer", "alpha", "2", "--ask", `${need.ask}`);
    expect(answered.stdout).toContain("Blue; the tool went on");
    expect((await here.pleach("run", "--yes", "--offline")).exitCode).toBe(0);
  });

  test("twenty messages of five senders in the middle of a turn: none lost, none doubled", async () => {
    const here = await open(
      write,
      "run <<until test -e .pleach/door; do sleep 0.1; done>>",
      commit,
    );
    await here.pleach("start", "alpha", "--task", "alpha", "--yes");
    const { worktree } = await here.track("alpha");
    const written = join(worktree, "src/alpha.ts");
    await expect.poll(() => existsSync(written), { timeout: 60_000 }).toBe(true);
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
    // What came before the model stands in the program's own record of its session.
    const record = globSync(join(here.top, "../home/.claude/projects/*/*.jsonl"));
    const lines = record.flatMap((file) => readFileSync(file, "utf8").split("\n"));
    const came = lines.filter((line) => /"type":"queued_command"|"type":"user"/.test(line));
    for (const { text } of messages) {
      expect(
        came.filter((line) => line.includes(text)),
        text,
      ).toHaveLength(1);
    }
  });

  test("in a terminal: a dialog is answered, and a message is typed into the turn", async () => {
    if (claude === undefined) throw new Error("there is no claude");
    const wait = "run <<until test -e .pleach/door; do sleep 0.1; done>>";
    const steps = [write, "run <<curl http://127.0.0.1:1/>>", wait, commit, "say <<done>>"];
    const toml = `${gate}[agents.claude]\nmode = "terminal"\ndone_after = "3s"\n`;
    const here = await stage(claude, task(...steps), toml);
    trust(here);
    const start = ["start", "alpha", "--task", "alpha", "--yes", "--host", "headless"];
    await here.pleach(...start);
    const need = await needOf(here);
    expect(need).toMatchObject({ kind: "permission", text: "Bash: curl http://127.0.0.1:1/" });
    const answered = await here.pleach("answer", "alpha", "allow", "--ask", `${need.ask}`);
    expect(answered.stdout).toContain("allowed; its dialog closed");
    const told = await here.pleach("tell", "alpha", "--wait", "--limit", "40", "Mind the gap");
    const { worktree } = await here.track("alpha");
    writeFiles(worktree, { ".pleach/door": "" });
    expect(told.stdout).toMatch(/^message 1 to alpha: delivered/);
    expect((await here.pleach("run", "--yes", "--offline")).exitCode).toBe(0);
    const record = globSync(join(here.top, "../home/.claude/projects/*/*.jsonl"));
    const lines = record.flatMap((file) => readFileSync(file, "utf8").split("\n"));
    const came = lines.filter((line) => /"type":"queued_command"|"type":"user"/.test(line));
    expect(came.filter((line) => line.includes("Mind the gap"))).toHaveLength(1);
  });
});

const codex = programs.find(({ name }) => name === "codex");
const noCodex = codex === undefined ? "it is not known" : whyNot(codex);

describe.skipIf(noCodex !== undefined)("codex", { timeout: 120_000 }, () => {
  const alpha = parseTrackName("alpha");
  const wait = "run <<until test -e .pleach/door; do sleep 0.1; done>>";

  /** Tells it something while a tool runs, and lets that end. */
  const toldInTurn = async (...after: readonly string[]) => {
    if (codex === undefined) throw new Error("there is no codex");
    const here = await stage(codex, task(write, wait, ...after), gate);
    await here.pleach("start", "alpha", "--task", "alpha", "--yes");
    const { worktree } = await here.track("alpha");
    const written = join(worktree, "src/alpha.ts");
    await expect.poll(() => existsSync(written), { timeout: 60_000 }).toBe(true);
    await here.pleach("tell", "alpha", 'Mind the "gap"');
    const { post } = trackFiles(here.ground.repo.stateDir, alpha);
    await expect.poll(() => readdirSync(post).length, { timeout: 30_000 }).toBe(1);
    expect(here.requests()).not.toContain("Mind the");
    writeFiles(worktree, { ".pleach/door": "" });
    return { here, post };
  };

  /** In one conversation each request holds all before it; in none of them it stands twice. */
  const expectOnce = ({ requests, ground }: Stage): void => {
    const counts = requests()
      .trimEnd()
      .split("\n")
      .map((line) => line.split("Mind the").length - 1);
    expect(counts.at(-1)).toBe(1);
    expect(Math.max(...counts)).toBe(1);
    expect(allMessages(ground.store)).toMatchObject([{ state: "delivered", road: "hook" }]);
  };

  test("a message in the middle of a turn comes before the model after the next tool, by its hook", async () => {
    const { here, post } = await toldInTurn("run <<ls>>", "say <<done>>");
    await settled(here.ground, alpha);
    expectOnce(here);
    expect(events(here, "worker.reminded")).toEqual([]);
    expect(readdirSync(post)).toEqual([]);
    // What tells after a loss: the program keeps it under its own session.
    const { sessionId = "" } = (await here.track("alpha")).worker ?? {};
    const [message] = allMessages(here.ground.store);
    const record = globSync(join(here.top, "../home/.codex/sessions/**/*.jsonl"));
    expect(record.map((file) => codexRecords.isOf(file, sessionId))).toEqual([true]);
    expect(readFileSync(record[0] ?? "", "utf8")).toContain(message?.utterance);
  });

  test("killed with its supervisor before it goes on with a message, it is not told again", async () => {
    const { here } = await toldInTurn("sleep 6000", "run <<ls>>", "say <<done>>");
    const options = { timeout: 30_000, interval: 20 };
    await expect.poll(() => here.requests().includes("Mind the"), options).toBe(true);
    expect(allMessages(here.ground.store)).toMatchObject([{ state: "given" }]);
    const { supervisor, agentProcess } = latestWorker(here.ground.store, alpha) ?? {};
    if (!supervisor || !agentProcess) throw new Error("it does not run");
    for (const { pid } of [supervisor, agentProcess]) process.kill(pid, "SIGKILL");
    const again = await here.pleach("start", "alpha", "--yes");
    expect(again, again.stderr).toMatchObject({ exitCode: 0 });
    await settled(here.ground, alpha);
    expectOnce(here);
  });
});
