import { expect, test } from "vitest";
import { systemClock } from "../../src/ground/clock.ts";
import { Git } from "../../src/ground/git/git.ts";
import { type Argv, type ProcessOptions, run, succeeded } from "../../src/ground/proc/run.ts";
import { testEnv } from "../support/env.ts";
import { scratch } from "../support/scratch.ts";

const options = (): ProcessOptions => ({ cwd: scratch(), env: testEnv(), timeoutMs: 60_000 });
const shell = (line: string): Argv => ["sh", "-c", line];

/**
 * Keeps this process from running for a time: as on a busy machine, when stopped, or in a database.
 */
function holdUp(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test("a child whose output has no end gives no answer, whatever its code", async () => {
  for (const code of [0, 1]) {
    const result = await run(shell(`echo half; sleep 30 & exit ${code}`), options());
    expect(result.ending).toEqual({ kind: "unread" });
    expect(succeeded(result)).toBe(false);
  }
});

test("output beyond the kept part is no answer either", async () => {
  const result = await run(shell("echo 12345678"), { ...options(), maxBytes: 8 });
  expect(result.ending).toEqual({ kind: "unread" });
  expect(result.stdout.toString()).toBe("12345678");
});

test("a user's program that stays on the stream for errors takes nothing away", async () => {
  const result = await run(shell("echo all; sleep 30 >/dev/null & exit 3"), options());
  expect(result.ending).toEqual({ kind: "exited", code: 3 });
  expect(result.stdout.toString()).toBe("all\n");
});

test("a process held up for longer than any patience still reads its child's output", async () => {
  const running = run(shell("sleep 0.5; echo late; exit 7"), { ...options(), timeoutMs: 4_000 });
  setTimeout(() => holdUp(6_000), 200);
  const { ending, stdout } = await running;
  expect(ending).toEqual({ kind: "exited", code: 7 });
  expect(stdout.toString()).toBe("late\n");
});

test("time in which this process did not run is not waited time", async () => {
  const began = systemClock.monotonic();
  const slept = systemClock.sleep(3_000);
  setTimeout(() => holdUp(5_000), 100);
  const wall = performance.now();
  await slept;
  expect(performance.now() - wall).toBeGreaterThan(6_000);
  expect(systemClock.monotonic() - began).toBeLessThan(4_500);
});

test("git that was not heard to the end is no git that says no", async () => {
  const folder = scratch();
  const git = new Git(folder, testEnv());
  await git.text(["init", "--quiet"]);
  await git.text(["config", "alias.chatty", "!sleep 30 & exit 1"]);
  await expect(git.run(["chatty"])).rejects.toMatchObject({ code: "git/failed" });
  await git.text(["config", "alias.cut", "!kill -9 $$"]);
  await expect(git.find(["cut"])).rejects.toMatchObject({ code: "git/failed" });
  await expect(git.find(["config", "--get", "no.such"])).resolves.toBeUndefined();
});
