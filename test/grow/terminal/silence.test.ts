import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import type { Ground } from "../../../src/ground/ground.ts";
import { startTrack } from "../../../src/grow/start.ts";
import { attachTo } from "../../../src/grow/terminal/attach.ts";
import { needsOf } from "../../../src/verbs/attention.ts";
import { formatAttention } from "../../../src/watch/attention.ts";
import { suspicionOf } from "../../../src/worker/worker.ts";
import { latestWorker } from "../../../src/worker/worker-store.ts";
import { growRepo, settled } from "../../support/grow.ts";
import { git } from "../../support/repo.ts";
import { expectValid } from "../../support/schema.ts";
import { person } from "../../support/terminal.ts";
import { trackSeed } from "../../support/track.ts";

/* Programs in a terminal that say nothing, and wait; or that say that they work, and do not. */

const programs = join(import.meta.dirname, "../../fixtures/terminals");

async function start(script: string, { profile = "", toml = "" } = {}) {
  const sections = ["claude", "codex"]
    .map((name) => `[agents.${name}]\nmode = "terminal"\ncommit = "agent"\ndone_after = "1s"\n`)
    .join("");
  const { ground: plain, config, top } = await growRepo(`${toml}${sections}`);
  const own = {
    ...{ PATH: `${programs}${delimiter}${plain.env["PATH"]}`, TUI_MANNERS: profile },
    ...{ CLAUDE_CONFIG_DIR: join(top, "../claude"), CODEX_HOME: join(top, "../codex") },
  };
  const ground: Ground = { ...plain, env: { ...plain.env, ...own } };
  const prompt = `SCRIPT: ${script} ENDSCRIPT`;
  const seed = trackSeed(ground, "auth", { agent: "claude", mode: "terminal", prompt });
  await startTrack(ground, config, seed);
  const worker = () => latestWorker(ground.store, seed.name);
  return { ground, seed, worker };
}

/** A run goes on with ready tracks. */
const scene = { review: "none", isRunning: true } as const;
const patience = { timeout: 30_000 };

test.each(["dialog-first", "idle-dialog"])(
  "%s: a dialog before its first report waits for a person, who sees it and answers it",
  async (profile) => {
    const { ground, seed, worker } = await start("commit Work", { profile });
    await expect
      .poll(() => worker()?.at, patience)
      .toMatchObject({ state: "blocked", reason: "question" });
    expect(worker()).toMatchObject({ source: "screen" });
    const needs = needsOf(ground, scene);
    expect(needs).toMatchObject([
      {
        ...{ kind: "blocked", track: "auth", hint: expect.stringContaining("pleach attach auth") },
        text: expect.stringMatching(/stands still:\n(?:New server found|Try the new model\?)/),
      },
    ]);
    expectValid("attention", { schema: 1, ...formatAttention(needs) });
    const someone = await person({ columns: 90, rows: 20 });
    void attachTo(worker()?.socket ?? "", someone.outer, { readOnly: false });
    await someone.shows(profile === "dialog-first" ? "Go on without" : "new model");
    someone.type("1");
    expect((await settled(ground, seed.name)).at).toMatchObject({ state: "ready" });
    expect(needsOf(ground, scene)).toEqual([]);
  },
);

test("a server left running in the background holds no finished turn", async () => {
  const script = "serve job1; commit Work; rests 1 shell still running";
  const { ground, seed } = await start(script);
  expect((await settled(ground, seed.name)).at).toMatchObject({ state: "ready" });
  expect(git(seed.worktree, "log", "-1", "--format=%s")).toBe("Work");
});

test("a program that says it works and moves nothing is suspected, until it moves", async () => {
  const { ground, seed, worker } = await start("freeze ../go; commit Work", {
    toml: '[watch]\nstall = "4s"\n',
  });
  const suspicion = () => {
    const found = worker();
    return found === undefined ? undefined : suspicionOf(found);
  };
  await expect.poll(suspicion, patience).toMatchObject({
    kind: "silent",
    why: expect.stringContaining("it may wait for a person"),
  });
  expect(needsOf(ground, scene)).toMatchObject([{ kind: "suspected", track: "auth" }]);
  writeFileSync(join(seed.worktree, "../go"), "");
  expect((await settled(ground, seed.name)).at).toMatchObject({ state: "ready" });
});

test("a plan that waits for a yes is shown in its words", async () => {
  const plan = "# Plan\n\n1. Do this\n2. Then that";
  const input = JSON.stringify({ plan, planFilePath: "/p.md" });
  const { ground, seed } = await start(`approve ExitPlanMode ${input}; commit Work`);
  await expect
    .poll(() => needsOf(ground, scene), patience)
    .toMatchObject([{ kind: "permission", about: { tool: "ExitPlanMode", detail: plan } }]);
  const someone = await person({ columns: 90, rows: 20 });
  void attachTo(latestWorker(ground.store, seed.name)?.socket ?? "", someone.outer, {
    readOnly: false,
  });
  await someone.shows("y/n");
  someone.type("y");
  expect((await settled(ground, seed.name)).at).toMatchObject({ state: "ready" });
  const heard = join(seed.worktree, "../heard.log");
  expect(existsSync(heard) && readFileSync(heard, "utf8")).toContain("answered yes");
});
