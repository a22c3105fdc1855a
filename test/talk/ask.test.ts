import { expect, test } from "vitest";
import type { Ground } from "../../src/ground/ground.ts";
import { openAsks } from "../../src/talk/ask-store.ts";
import { needsOf } from "../../src/verbs/attention.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { cli } from "../support/cli.ts";
import { settled } from "../support/grow.ts";
import { git } from "../support/repo.ts";
import { expectValid } from "../support/schema.ts";
import { saidTo, startSpoken } from "../support/spoken.ts";

const asked = async (ground: Ground) => {
  await expect.poll(() => openAsks(ground.store).length, { timeout: 30_000 }).toBe(1);
  const [ask] = openAsks(ground.store);
  if (ask === undefined) throw new Error("nothing was asked");
  return ask;
};

test("a permission waits for a person, is allowed, and the work goes on", async () => {
  const { ground, seed, top, env } = await startSpoken("asks");
  const { id, askedAt } = await asked(ground);
  const run = async (...args: readonly string[]) => await cli(args, { cwd: top, env });
  const shown = JSON.parse((await run("attention", "--json")).stdout);
  expectValid("attention", shown);
  expect(shown.needs).toMatchObject([
    {
      kind: "permission",
      track: "asks",
      text: "Bash: npm publish",
      hint: `pleach answer asks allow|deny --ask ${id}`,
    },
  ]);
  expect((await run("attention")).stdout).toContain("Bash: npm publish");
  expect(latestWorker(ground.store, seed.name)?.at).toMatchObject({
    state: "blocked",
    reason: "permission",
  });
  // A young ask, which nobody can have read, is not answered without its number.
  if (Date.now() - askedAt < 1_500) {
    expect((await run("answer", "asks", "allow")).stderr).toContain("has only just asked this");
  }
  expect((await run("answer", "asks", "alow", "--ask", `${id}`)).stderr).toContain("mean allow");
  const answered = await run("answer", "asks", "allow", "--ask", `${id}`, "--json");
  expectValid("answer", JSON.parse(answered.stdout));
  expect(JSON.parse(answered.stdout)).toMatchObject({ state: "verified", answer: "allowed" });
  expect((await settled(ground, seed.name)).at.state).toBe("ready");
  expect(git(seed.worktree, "log", "-1", "--format=%s")).toBe("Permission: allow");
  expect(needsOf(ground, { review: "none", isRunning: true })).toEqual([]);
  const late = await run("answer", "asks", "deny", "--ask", `${id}`);
  expect(late).toMatchObject({ exitCode: 1 });
  expect(late.stderr).toContain("was answered already, by human: allowed");
});

test.each(["claude", "codex"])(
  "a permission that %s is denied is not done, whatever the agent makes of the denial",
  async (agent) => {
    const { ground, seed, top, env } = await startSpoken("asks", agent);
    const { id } = await asked(ground);
    const options = { cwd: top, env };
    const { stdout } = await cli(
      ["answer", "asks", "deny", "not today", "--ask", `${id}`],
      options,
    );
    expect(stdout).toContain("denied; it was refused");
    expect((await settled(ground, seed.name)).at).toMatchObject({
      state: "needs-human",
      reason: "denied",
    });
    // The protocol of Codex has no place for the words: they follow as a message.
    if (agent === "codex") expect(saidTo(seed)[1]).toBe("A person said no: not today");
  },
);

test.each(["claude", "codex"])(
  "a question of %s is answered by the number of an option",
  async (agent) => {
    const { ground, seed, top, env } = await startSpoken("question", agent);
    const { id, what, options } = await asked(ground);
    expect([what, options]).toEqual(["question", ["Red", "Blue"]]);
    const at = () => latestWorker(ground.store, seed.name)?.at;
    await expect.poll(at, { timeout: 30_000 }).toMatchObject({ reason: "question" });
    await cli(["answer", "question", "2", "--ask", `${id}`], { cwd: top, env });
    expect((await settled(ground, seed.name)).at.state).toBe("ready");
    const answered =
      agent === "claude"
        ? git(seed.worktree, "log", "-1", "--format=%s")
        : git(seed.worktree, "show", "HEAD:asked.txt");
    expect(answered).toContain("Blue");
  },
);

test("one of two simultaneous answers counts", async () => {
  const { ground, seed, top, env } = await startSpoken("asks");
  const { id } = await asked(ground);
  const say = async (word: string) =>
    await cli(["answer", "asks", word, "--ask", `${id}`], { cwd: top, env });
  const both = await Promise.all([say("allow"), say("deny")]);
  expect(both.map(({ exitCode }) => exitCode).toSorted()).toEqual([0, 1]);
  await settled(ground, seed.name);
  const types = ground.store.events().filter(({ type }) => type === "ask.answered");
  expect(types).toHaveLength(1);
});
