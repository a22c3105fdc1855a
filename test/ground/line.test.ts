import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { systemClock } from "../../src/ground/clock.ts";
import { findInside } from "../../src/ground/proc/find.ts";
import { type LineOptions, runLine } from "../../src/ground/proc/line.ts";
import { testEnv } from "../support/env.ts";
import { scratch } from "../support/scratch.ts";

const optionsIn = (folder: string): LineOptions => ({
  cwd: folder,
  env: testEnv(),
  clock: systemClock,
  logFile: `${folder}/log`,
  timeoutMs: 20_000,
  leftovers: "end",
});

test("a line of the user's is run by the shell, its words and both streams in the log", async () => {
  const folder = scratch();
  const result = await runLine("echo out; echo err >&2; exit 3", optionsIn(folder));
  expect(result.ending).toEqual({ kind: "exited", code: 3 });
  expect(readFileSync(`${folder}/log`, "utf8")).toBe(
    "$ echo out; echo err >&2; exit 3\nout\nerr\n\n",
  );
});

test("the whole tree ends at the time limit: processes that ignore SIGTERM, left the session, cleared their environment", async () => {
  const folder = scratch();
  const line = "trap '' TERM; setsid sleep 60 & env -i sleep 60 & sh -c 'trap \"\" TERM; sleep 60'";
  const result = await runLine(line, { ...optionsIn(folder), timeoutMs: 300 });
  expect(result.ending).toEqual({ kind: "timed-out" });
  expect(await findInside(folder)).toEqual({ kind: "known", processes: [] });
});

test("processes that a line leaves running are ended, or kept where the caller wishes", async () => {
  const folder = scratch();
  const line = "sleep 60 & setsid sleep 60 &";
  await runLine(line, { ...optionsIn(folder), leftovers: "keep" });
  expect(await findInside(folder)).toMatchObject({ processes: { length: 2 } });
  const { ending } = await runLine(`${line} kill -9 $$`, optionsIn(folder));
  expect(ending).toEqual({ kind: "signalled", signal: "SIGKILL" });
  const left = await findInside(folder);
  expect(left).toMatchObject({ processes: { length: 2 } });
  if (left.kind === "known") for (const { pid } of left.processes) process.kill(pid, "SIGKILL");
});

test.runIf(process.platform === "linux")(
  "a process that has left its parents, its session and its environment ends with its line",
  async () => {
    const folder = scratch();
    const left = await runLine("sh -c 'setsid env -i sleep 60 &'; sleep 0.3", optionsIn(folder));
    expect(left.ending).toEqual({ kind: "exited", code: 0 });
    expect(await findInside(folder)).toEqual({ kind: "known", processes: [] });
  },
);

test("a line that kills its parent kills the shell made for that, and has not succeeded", async () => {
  const folder = scratch();
  const { ending } = await runLine("kill -9 $PPID; sleep 60", optionsIn(folder));
  expect(ending).toEqual({ kind: "signalled", signal: "SIGKILL" });
  expect(await findInside(folder)).toEqual({ kind: "known", processes: [] });
});
