import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseTrackName } from "../../src/ground/ids.ts";
import { latestWorker } from "../../src/worker/worker-store.ts";
import { eventsOf } from "../support/events.ts";
import { settled } from "../support/grow.ts";
import { type Program, programs, whyNot } from "./programs.ts";
import { killed, type Stage, stage } from "./stage.ts";
import { trust } from "./trust.ts";

/* The session of a real program belongs to its track, not to the mode in which it was begun. */

const alpha = parseTrackName("alpha");

for (const program of programs.filter(({ name }) => name === "claude" || name === "codex")) {
  const reason = whyNot(program);
  const name = reason === undefined ? program.name : `${program.name}: skipped, ${reason}`;
  describe.skipIf(reason !== undefined)(name, { timeout: 180_000 }, () => suite(program));
}

function suite(program: Program): void {
  const other = { stream: "terminal", terminal: "stream" } as const;

  test.each(["stream", "terminal"] as const)(
    "a session begun in mode %s goes on in the other, and back",
    async (mode) => {
      const write = "write src/alpha.ts <<export const alpha = 1>>";
      // A program that was cut off may add a turn of its own, which the model takes for a step.
      const sleeps = Array.from({ length: 6 }, (_, index) => `sleep ${3_000 + index}`);
      const commit = "run <<git add -A && git commit -m 'Add alpha'>>";
      const steps = [write, ...sleeps, ...Array(8).fill(commit), "say <<done>>"].join("; ");
      const task = `- [ ] Add alpha  id:alpha touches:src/alpha.ts\n  SCRIPT: ${steps} ENDSCRIPT\n`;
      const toml = `[agents.${program.name}]\nmode = "${mode}"\npermissions = "edits"\ndone_after = "2s"\n`;
      const here = await stage(program, task, toml);
      trust(here);
      const start = async (...args: readonly string[]) => {
        const started = await here.pleach("start", "alpha", ...args, "--host", "headless", "--yes");
        expect(started, started.stderr).toMatchObject({ exitCode: 0 });
      };
      await start("--task", "alpha");
      const { worktree } = await here.track("alpha");
      const written = join(worktree, "src/alpha.ts");
      await expect.poll(() => existsSync(written), { timeout: 60_000 }).toBe(true);
      await killAtWork(here);
      await start("--mode", other[mode]);
      await killAtWork(here);
      await start("--mode", mode);
      expect((await settled(here.ground, alpha)).at.state).toBe("ready");
      const told = eventsOf(here.ground.store, "worker.session");
      expect(new Set(told.map((event) => event.sessionId)).size).toBe(1);
      const created = eventsOf(here.ground.store, "worker.created");
      expect(created).toHaveLength(3);
    },
  );
}

/** Kills the supervisor once the program has told of its session and works. */
async function killAtWork({ ground }: Stage): Promise<void> {
  const worker = () => latestWorker(ground.store, alpha);
  await expect
    .poll(worker, { timeout: 60_000 })
    .toMatchObject({ at: { state: "working" }, sessionId: expect.stringMatching(/./) });
  await killed(worker()?.supervisor);
}
